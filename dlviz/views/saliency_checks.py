"""Whether saliency maps show what they claim to."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dlviz.abbreviations import abbreviated
from dlviz.grammar import enumerated
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
    from dlviz.saliency.most_confident import ConfidentPictures
    from dlviz.saliency.score import Score
    from dlviz.saliency.target import Target

POINTING = "M. Böhle et al., Convolutional dynamic alignment networks, 2021, arXiv 2104.00032"
DELETION = "V. Petsiuk et al., RISE: randomized input sampling for explanation, 2018, arXiv 1806.07421"
SANITY = "J. Adebayo et al., Sanity checks for saliency maps, 2018, arXiv 1810.03292"
MOSAIC = 4
"""How many pictures are in a mosaic."""
NAME = 8
"""Letters of a layer's name under a small map."""
Measure = Callable[["Method"], Generator[Progress, None, Any]]
Check = Generator[Progress | Sheet, None, tuple[Measure, Callable[[Mapping[str, Any]], Sheet]]]
"""Returns what measures one method, and what shows those that are measured so far, by their titles."""


@dataclass(frozen=True)
@with_options_of(METHODS, "method")
class SaliencyChecks(View):
    """Three checks of saliency methods on the pictures of which a network is surest.

    >>> import dlviz
    >>> sheet = dlviz.show("saliency_checks", "lenet5", check="pointing", method="occlusion", window=0.4)
    >>> sheet.arrays["share"].shape  # methods, the edge detector last
    (2,)
    """

    name = "saliency_checks"
    summary = "Whether saliency maps show what they claim to: against chance, an edge detector and shuffled weights."
    needs = frozenset({"network", "data"})
    samples = frozenset({"picture"})
    answers = frozenset({"classes"})
    order = 5.5

    check: str = option(
        "pointing",
        "pointing: the share of a map in the right one of four pictures; deletion: how fast the answer goes and comes"
        " with the most salient pixels; randomisation: whether the map changes when weights are shuffled",
        choices=("pointing", "deletion", "randomisation"),
        labels=("grid pointing game", "deletion and insertion", "shuffled weights"),
        label="check",
        formerly="test",
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
    draw: int = option(0, "random seed of the mosaics and of shuffling", low=0, label="draw no.")

    @classmethod
    def obstacle(cls, network: Description) -> str:
        if len(network.inputs) > 1:
            return f"{network.name} has several inputs, and saliency_checks is for networks of one picture."
        return ""

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.saliency.most_confident import most_confident
        from dlviz.saliency.score import Score

        network = scene.network
        score = scene.memory.recall(Score, network.input) or scene.memory.keep(
            Score(network, network.input), network.input
        )
        pictures = yield from most_confident(network, scene.pictures, MOSAIC)
        checks = {"pointing": self._pointing, "deletion": self._deletion, "randomisation": self._randomisation}
        measure, sheet = yield from checks[self.check](score, pictures)
        found: dict[str, Any] = {}
        for name, method in self._methods.items():
            found[name] = yield from as_part(measure(method), len(found), len(self._methods))
            whole = sheet(found)
            checked = f" {len(found)} of {len(self._methods)} methods so far." * (len(found) < len(self._methods))
            yield replace(whole, summary=whole.summary + checked)

    @property
    def _methods(self) -> dict[str, Method]:
        if self.method != "all":
            return {METHODS[self.method].title: chosen_of(METHODS, "method", self)}
        return {method.title: method().coarse() for method in METHODS.values()}

    def _target(self, score: Score, x: np.ndarray, number: int) -> Target:
        from dlviz.saliency.target import target_of

        return target_of(score, {score.variable: x}, int(number), self.against == "others")

    # -- the checks --------------------------------------------------------------------------------------------

    def _pointing(self, score: Score, pictures: ConfidentPictures) -> Check:
        from dlviz.panels.saliency_worth import CLOSE
        from dlviz.saliency.checks import CHANCE, EDGES, pointing_game

        network, random = score.network, np.random.default_rng(self.draw)
        x, classes = pictures.x, pictures.classes
        if len(x) < MOSAIC:
            raise UserError(
                f"The grid pointing game needs pictures of four classes, and {network.name} sees {len(x)} in those of"
                f" {pictures.data}: choose check=deletion or check=randomisation."
            )
        mosaics = [random.choice(len(x), MOSAIC, replace=False) for _ in range(self.count)]
        games = []
        for done, drawn in enumerate(mosaics):
            yield Progress(done, len(mosaics), "drawing mosaics")
            games += [(x[drawn], own, self._target(score, x[drawn], classes[drawn[own]])) for own in range(MOSAIC)]

        def measure(method: Method) -> Generator[Progress, None, float]:
            shares = []
            for done, (quarters, own, target) in enumerate(games):
                game = pointing_game(method, target, quarters, own)
                shares.append((yield from as_part(game, done, len(games))))
            return float(np.mean(shares))

        chosen = pictures.description(np.unique(mosaics))

        def panels(found: Mapping[str, float]) -> tuple[Panel, ...]:
            shares = np.array([*found.values(), CHANCE])
            images = np.rint(network.preprocess.pixels(x[mosaics[-1]])).clip(0, 255).astype(np.uint8)
            captions = tuple(map(pictures.caption, mosaics[-1]))
            return (
                Bars((*found, EDGES), shares, "In the right quarter; chance 25%", 1.0, role="main"),
                Tiles(images, "pixels", "Mosaic", captions, columns=2, role="beside"),
            )

        def sheet(found: Mapping[str, float]) -> Sheet:
            worse = [name for name, share in found.items() if share <= CHANCE + CLOSE]
            best = max(found, key=found.__getitem__)
            return self._sheet(
                network,
                f"{found[best]:.0%} of {best} is in the right one of four pictures, by chance 25%.{_no_better(worse)}"
                f" {chosen}",
                panels(found),
                {"share": np.array([*found.values(), CHANCE]), "method": np.array([*found, EDGES])},
                POINTING,
            )

        asked = "How much of a map of one of these four pictures lies in its quarter? By chance, 25%."
        yield self._sheet(network, f"{asked} {chosen}", panels({}), {}, POINTING)
        return measure, sheet

    def _deletion(self, score: Score, pictures: ConfidentPictures) -> Check:
        from dlviz.panels.saliency_worth import CLOSE, deletion_curves
        from dlviz.saliency.checks import EDGES, RANDOM, deletion_and_insertion, deletion_matters, edge_map

        network, random = score.network, np.random.default_rng(self.draw)
        told_apart = deletion_matters(network, pictures.x, pictures.classes)
        chosen = np.flatnonzero(told_apart)[: self.count]
        if not len(chosen):
            raise UserError(
                f"{network.name} takes each of these pictures for the same class with all its pixels deleted, so"
                " deletion cannot tell saliency methods apart: choose check=randomisation, or other data."
            )
        kept = pictures.classes[: chosen[-1]][~told_apart[: chosen[-1]]]
        about = pictures.description(chosen) + _left_out([network.class_name(int(n)) for n in kept])
        checked = [(pictures.x[n], int(pictures.classes[n])) for n in chosen]
        others: dict[str, list[np.ndarray]] = {EDGES: [], RANDOM: []}
        for done, (picture, number) in enumerate(checked):
            for name, order in ((EDGES, edge_map(picture)), (RANDOM, random.random(picture.shape[:2]))):
                yield Progress(done, len(checked), f"deleting pixels by {name}")
                others[name].append(deletion_and_insertion(network, picture, number, order))
        without_network = {name: np.mean(curves, axis=0) for name, curves in others.items()}

        def measure(method: Method) -> Generator[Progress, None, np.ndarray]:
            curves = []
            for done, (picture, number) in enumerate(checked):
                map_of = method.attribute(self._target(score, picture[None], number))
                values = (yield from as_part(map_of, done, len(checked))).values
                yield Progress(done + 1, len(checked), f"deleting pixels by {method.title}")
                curves.append(deletion_and_insertion(network, picture, number, values))
            mean: np.ndarray = np.mean(curves, axis=0)
            return mean

        def sheet(found: Mapping[str, np.ndarray]) -> Sheet:
            means = {**found, **without_network}
            areas = {name: values.mean(axis=1) for name, values in means.items()}  # after deletion, after insertion
            gains = {name: float(inserted - deleted) for name, (deleted, inserted) in areas.items()}
            worse = [name for name in found if gains[name] <= gains[EDGES] + CLOSE]
            best = max(found, key=gains.__getitem__)
            bars = Bars(tuple(gains), np.array(list(gains.values())), "Insertion less deletion", role="main")
            curves_of = deletion_curves({name: means[name] for name in (best, EDGES, RANDOM)})
            summary = (
                f"By {best} the mean probability is {areas[best][0]:.0%} while pixels are deleted and"
                f" {areas[best][1]:.0%} while they are inserted; by edges {areas[EDGES][0]:.0%} and"
                f" {areas[EDGES][1]:.0%}.{_no_better(worse)} {about}"
            )
            deleted, inserted = np.stack(list(means.values()), axis=1)
            arrays = {"deletion": deleted, "insertion": inserted, "method": np.array([*means])}
            return self._sheet(network, summary, (bars, *curves_of), arrays, DELETION)

        return measure, sheet

    def _randomisation(self, score: Score, pictures: ConfidentPictures) -> Check:
        from dlviz.panels.saliency_worth import CLOSE, within_one
        from dlviz.saliency.checks import EDGES, STAGES, TRAINED, rank_correlation, shuffled_maps

        network = score.network
        yield Progress(0, 1, "asking the network")
        x, classes = pictures.x[: self.count], pictures.classes[: self.count]
        targets = [self._target(score, x[n : n + 1], classes[n]) for n in range(len(x))]

        def measure(method: Method) -> Generator[Progress, None, list[dict[str, np.ndarray]]]:
            maps = []
            for done, target in enumerate(targets):
                shuffled = shuffled_maps(method, target, STAGES, self.draw)
                maps.append((yield from as_part(shuffled, done, len(targets))))
            return maps

        def sheet(found: Mapping[str, list[dict[str, np.ndarray]]]) -> Sheet:
            series = {
                name: np.mean([[rank_correlation(each[TRAINED], v) for v in each.values()] for each in maps], axis=0)
                for name, maps in found.items()
            }
            most = max(series, key=lambda name: series[name][-1])
            same = [name for name, values in series.items() if values[-1] >= 1 - CLOSE]
            layers = tuple(found[most][0])
            curves = Curves(
                np.arange(len(layers)), series | {EDGES: np.ones(len(layers))}, "", "rank correlation",
                "How much the map stays the same as weights are shuffled down to a layer", layers, role="main",
            )  # fmt: skip
            summary = (
                f"With all weights shuffled the map by {most} has a rank correlation of {series[most][-1]:.2f} with the"
                f" trained network's; an edge detector, which ignores the network, has 1.{_no_better(same)}"
                f" {pictures.description(np.arange(len(x)))}"
            )
            shown = np.stack([within_one(each) for each in found[most][0].values()])[..., None]
            tiles = Tiles(shown, "diverging", f"By {most}", abbreviated(layers, NAME))
            arrays = {"correlation": np.array(list(series.values())), "method": np.array([*series])}
            return self._sheet(network, summary, (curves, tiles), arrays, SANITY)

        return measure, sheet

    def _sheet(
        self, network: Network, summary: str, panels: tuple[Panel, ...], arrays: dict[str, np.ndarray], source: str
    ) -> Sheet:
        return Sheet(f"{network.name} · saliency checks", summary, panels, arrays, source=source)


def _no_better(names: list[str]) -> str:
    """A sentence that names the methods not clearly better than an edge detector; nothing where there are none."""
    return f" Not clearly better than an edge detector: {', '.join(names)}." if names else ""


def _left_out(classes: list[str]) -> str:
    """A sentence that names the classes that pictures keep without their pixels; nothing where there are none."""
    if not classes:
        return ""
    which, keep = ("is the one", "keeps its class") if len(classes) == 1 else ("are those", "keep their classes")
    return f" Left out {which} of {enumerated(classes)}, which {keep} even with all pixels deleted."
