"""Whether saliency maps show what they claim to."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.abbreviations import abbreviated
from dlviz.options import chosen_of, option, with_options_of
from dlviz.progress import Progress, as_part
from dlviz.saliency import METHODS
from dlviz.sheet import Bars, Curves, Panel, Sheet, Tiles
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.jobs import Description
    from dlviz.network import Network
    from dlviz.saliency.method import Method
    from dlviz.saliency.score import Score
    from dlviz.saliency.target import Target

LOOKED_AT = 200
"""Pictures of the data among which those are found of which the network is surest."""
SUREST = 8
"""How many of these are checked or drawn from, each of another class."""
NAME = 8
"""Letters of a layer's name under a small map."""
CLOSE = 0.02
"""What differs by less is not better."""
Found = Generator[Progress, None, Sheet]


@dataclass(frozen=True)
@with_options_of(METHODS, "method")
class SaliencyChecks(View):
    """Three checks of saliency methods on the pictures of which a network is surest.

    >>> import dlviz
    >>> sheet = dlviz.show("saliency_checks", "lenet5", test="pointing", method="occlusion", window=0.4)
    >>> sheet.arrays["share"].shape  # methods, the edge detector last
    (2,)
    """

    name = "saliency_checks"
    summary = "Whether saliency maps show what they claim to: against chance, an edge detector and shuffled weights."
    needs = frozenset({"network", "data"})
    samples = frozenset({"picture"})
    answers = frozenset({"classes"})
    order = 5.5

    test: str = option(
        "pointing",
        "pointing: the share of a map in the right one of four pictures; deletion: how fast the answer goes and comes"
        " with the most salient pixels; randomisation: whether the map changes when weights are shuffled",
        choices=("pointing", "deletion", "randomisation"),
        labels=("grid pointing game", "deletion and insertion", "shuffled weights"),
        label="check",
    )
    method: str = option(
        "all", "which method is checked", choices=("all", *METHODS),
        labels=("all", *(method.title for method in METHODS.values())),
    )  # fmt: skip
    against: str = option(
        "others",
        "whether the logits of other classes are subtracted: what speaks for this class rather than for another",
        choices=("nothing", "others"),
        labels=("nothing", "the other classes"),
        label="compared with",
    )
    count: int = option(1, "how many mosaics or pictures", low=1, high=100, label="mosaics, pictures")
    draw: int = option(0, "which mosaics are drawn, and how weights are shuffled", low=0, label="draw no.")

    @classmethod
    def obstacle(cls, network: Description) -> str:
        if len(network.inputs) > 1:
            return f"{network.name} has several inputs, and saliency_checks is for networks of one picture."
        return ""

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.saliency.score import Score

        network = scene.network
        score = scene.memory.recall(Score, network.input) or scene.memory.keep(
            Score(network, network.input), network.input
        )
        x, classes = self._surest(scene)
        check = {"pointing": self._pointing, "deletion": self._deletion, "randomisation": self._randomisation}
        yield (yield from check[self.test](score, x, classes))

    @property
    def _methods(self) -> dict[str, Method]:
        if self.method != "all":
            return {METHODS[self.method].title: chosen_of(METHODS, "method", self)}
        return {method.title: method() for method in METHODS.values()}

    def _surest(self, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
        """Of each class the picture, as it is fed, of which the network is surest, and the class; surest first."""
        network, pictures = scene.network, scene.pictures
        x = network.feed_from(pictures, 0, min(len(pictures), LOOKED_AT))
        shares = network.predict(x)
        order = np.argsort(-shares.max(axis=1), kind="stable")
        classes, first = np.unique(shares[order].argmax(axis=1), return_index=True)
        chosen = np.sort(first)
        return x[order[chosen]][:SUREST], classes[np.argsort(first)][:SUREST]

    def _target(self, score: Score, x: np.ndarray, number: int) -> Target:
        from dlviz.saliency.target import target_of

        return target_of(score, {score.at: x}, int(number), self.against == "others")

    # -- the checks --------------------------------------------------------------------------------------------

    def _pointing(self, score: Score, x: np.ndarray, classes: np.ndarray) -> Found:
        from dlviz.saliency.checks import CHANCE, EDGES, pointing_game

        network, random = score.network, np.random.default_rng(self.draw)
        if len(x) < 4:
            raise UserError(f"{network.name} sees fewer than four classes in these pictures: choose other data.")
        shares: dict[str, list[float]] = {name: [] for name in self._methods}
        drawn, total = np.zeros(0, int), self.count * 4 * len(shares)
        for _ in range(self.count):
            drawn = random.choice(len(x), 4, replace=False)
            for own in range(4):
                target = self._target(score, x[drawn], classes[drawn[own]])
                for name, method in self._methods.items():
                    done = sum(map(len, shares.values()))
                    share = yield from as_part(pointing_game(method, target, x[drawn], own), done, total)
                    shares[name].append(share)
        found = {name: float(np.mean(values)) for name, values in shares.items()} | {EDGES: CHANCE}
        worse = [name for name in self._methods if found[name] <= CHANCE + CLOSE]
        best = max(self._methods, key=found.__getitem__)
        bars = Bars(tuple(found), np.array(list(found.values())), "In the right quarter; chance 25%", 1.0, role="main")
        quarters = tuple(network.class_name(int(classes[n])) for n in drawn)
        images = np.rint(network.preprocess.pixels(x[drawn])).clip(0, 255).astype(np.uint8)
        return self._sheet(
            network,
            f"{found[best]:.0%} of {best} is in the right one of four pictures, by chance 25%.{_no_better(worse)}",
            (bars, Tiles(images, "pixels", "Mosaic", quarters, columns=2, role="beside")),
            {"share": np.array(list(found.values()))},
            "arXiv 2104.00032",
        )

    def _deletion(self, score: Score, x: np.ndarray, classes: np.ndarray) -> Found:
        from dlviz.panels.saliency_worth import deletion_curves
        from dlviz.saliency.checks import EDGES, RANDOM, deletion_and_insertion, edge_map

        network, random = score.network, np.random.default_rng(self.draw)
        pictures = min(self.count, len(x))
        curves: dict[str, list[np.ndarray]] = {name: [] for name in (*self._methods, EDGES, RANDOM)}
        for n in range(pictures):
            maps = {EDGES: edge_map(x[n]), RANDOM: random.random(x[n].shape[:2])}
            for name, method in self._methods.items():
                done, total = len(maps) - 2 + n * len(self._methods), pictures * len(self._methods)
                target = self._target(score, x[n : n + 1], classes[n])
                maps[name] = (yield from as_part(method.attribute(target), done, total)).values
            for name, values in maps.items():
                curves[name].append(deletion_and_insertion(network, x[n], int(classes[n]), values))
        means = {name: np.mean(values, axis=0) for name, values in curves.items()}
        areas = {name: values.mean(axis=1) for name, values in means.items()}  # after deletion, after insertion
        gains = {name: float(inserted - deleted) for name, (deleted, inserted) in areas.items()}
        worse = [name for name in self._methods if gains[name] <= gains[EDGES] + CLOSE]
        best = max(self._methods, key=gains.__getitem__)
        bars = Bars(tuple(gains), np.array(list(gains.values())), "Insertion less deletion", role="main")
        curves_of = deletion_curves({name: means[name] for name in (best, EDGES, RANDOM)})
        summary = (
            f"By {best} the mean probability is {areas[best][0]:.0%} while pixels are deleted and {areas[best][1]:.0%}"
            f" while they are inserted; by edges {areas[EDGES][0]:.0%} and {areas[EDGES][1]:.0%}.{_no_better(worse)}"
        )
        arrays = {"deletion": np.array([m[0] for m in means.values()])}
        arrays["insertion"] = np.array([m[1] for m in means.values()])
        return self._sheet(network, summary, (bars, *curves_of), arrays, "arXiv 1806.07421")

    def _randomisation(self, score: Score, x: np.ndarray, classes: np.ndarray) -> Found:
        from dlviz.saliency.checks import EDGES, STAGES, TRAINED, rank_correlation, shuffled_maps

        network, methods = score.network, self._methods
        targets = [self._target(score, x[n : n + 1], classes[n]) for n in range(min(self.count, len(x)))]
        maps: dict[str, list[dict[str, np.ndarray]]] = {name: [] for name in methods}
        total = len(methods) * len(targets)
        for name, method in methods.items():
            for target in targets:
                work = shuffled_maps(method, target, STAGES, self.draw)
                maps[name].append((yield from as_part(work, sum(map(len, maps.values())), total)))
        layers = tuple(next(iter(maps.values()))[0])
        series = {
            name: np.mean([[rank_correlation(each[TRAINED], v) for v in each.values()] for each in found], axis=0)
            for name, found in maps.items()
        }
        same = [name for name, values in series.items() if values[-1] >= 1 - CLOSE]
        most = max(series, key=lambda name: series[name][-1])
        curves = Curves(
            np.arange(len(layers)), series | {EDGES: np.ones(len(layers))}, "", "rank correlation",
            "How much the map stays the same as weights are shuffled down to a layer", layers, role="main",
        )  # fmt: skip
        summary = (
            f"With all weights shuffled the map by {most} has a rank correlation of {series[most][-1]:.2f} with the"
            f" trained network's; an edge detector, which ignores the network, has 1.{_no_better(same)}"
        )
        shown = np.stack(list(maps[most][0].values()))[..., None]
        tiles = Tiles(shown, "diverging", f"By {most}", abbreviated(layers, NAME))
        return self._sheet(network, summary, (curves, tiles), {"correlation": np.array(list(series.values()))},
                           "arXiv 1810.03292")  # fmt: skip

    def _sheet(
        self, network: Network, summary: str, panels: tuple[Panel, ...], arrays: dict[str, np.ndarray], source: str
    ) -> Sheet:
        from dlviz.saliency.checks import EDGES

        arrays["method"] = np.array([*self._methods, EDGES])
        return Sheet(f"{network.name} · saliency checks", summary, panels, arrays, source=source)


def _no_better(names: list[str]) -> str:
    """A sentence that names the methods that are no better than an edge detector; nothing where there are none."""
    return f" No better than an edge detector: {', '.join(names)}." if names else ""
