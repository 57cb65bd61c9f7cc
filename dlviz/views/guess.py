"""A game for the class: by a unit's top patches, or a picture made for it, which of two new ones excites it more?"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import told_apart
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Panel, Sheet, Tiles
from dlviz.view import RECONSTRUCT, RECONSTRUCT_LABELS, Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.scan import Scan
    from dlviz.scan.top_patches import TopPatches

SHOWN = 9
"""Patches of the unit that the class sees, of few pictures half as many; the one that excites it more comes after these
in its list."""
OTHERS = 8
"""How many pictures are drawn by chance; the one that excites the unit least is the other of the two."""
SIDES = ("left", "right")
PUBLISHED = (
    "In a study (Borowski et al. 2021) people told such pictures apart in 92% of rounds by natural patches, in 82% by"
    " synthetic pictures, by chance in 50%."
)


@dataclass
class Score:
    """The rounds that were guessed so far, each with whether it was right; as text, beside the score of a study."""

    rounds: dict[tuple[object, ...], bool] = field(default_factory=dict)

    def __str__(self) -> str:
        right, n = sum(self.rounds.values()), len(self.rounds)
        return f"{right} of {n} right so far ({right / n:.0%}). {PUBLISHED}" if n else "Nobody has guessed yet."


@dataclass(frozen=True)
class Guess(View):
    """Which of two new pictures excites a unit more? The score of the class stands beside that of people in a study.

    >>> import dlviz
    >>> sheet = dlviz.show("guess", "lenet5", layer="conv2", data="digits")
    >>> sheet.question
    'Which of the two excites the unit more, left or right?'
    """

    name = "guess"
    summary = "A game for the class: guess by a unit's top patches which of two new pictures excites it more."
    needs = frozenset({"network", "layer", "data"})
    samples = frozenset({"picture"})
    order = 12
    chosen_units = True

    round: int = option(1, "each round has another unit and two other pictures", low=1, high=1000, resets=("pick",))
    pick: str = option(
        "", "what the class says", choices=("", *SIDES), label="the class says", labels=("nothing yet", *SIDES)
    )
    shows: str = option(
        "patches",
        "by what the class is to guess: the unit's top patches, or the picture that maximises its response",
        choices=("patches", "maximising"),
        label="the class sees",
        labels=("its top patches", "its maximising picture"),
    )
    reconstruct: str = option(
        "none",
        "beside the patches, the response sent back to the pixels",
        choices=RECONSTRUCT,
        label="what triggered it",
        labels=RECONSTRUCT_LABELS,
        only=("shows", "patches"),
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.scan.top_patches import TopPatches, scan_of

        scan = scan_of(scene, scene.data, 2 * SHOWN)
        yield from scan.run()
        random = np.random.default_rng(self.round)
        shown = min(SHOWN, scan.filled // 2)
        unit = self._unit(scene, scan, shown, random)
        top = TopPatches(scene.network, scene.layer, scan.samples, scan.top_responses[scene.layer], (unit,), shown)
        seen = yield from self._seen(scene, top)
        numbers, responses = yield from _pair(scene, scan, unit, shown, random)
        right = int(responses[1] > responses[0])
        score = scene.memory.recall(Score) or scene.memory.keep(Score())
        if self.pick:
            score.rounds.setdefault((scene.layer, unit, self.round), SIDES.index(self.pick) == right)
        yield Sheet(
            f"{scene.network.name} · {scene.layer} · unit {unit}: round {self.round}",
            f"{self._told(right)}{score}",
            (*(_asked(panel) for panel in seen), self._two(scene, numbers, responses)),
            {"unit": np.array(unit), "index": numbers, "response": responses},
            question="Which of the two excites the unit more, left or right?",
            answer=f"The {SIDES[right]} one: its largest responses are {' and '.join(told_apart(responses.tolist()))}.",
            source="J. Borowski et al., Exemplary natural images explain CNN activations better than state-of-the-art"
            " feature visualization, 2021, arXiv 2010.12606",
        )

    def _seen(self, scene: Scene, top: TopPatches) -> Generator[Progress, None, tuple[Panel, ...]]:
        """Return what the class guesses by."""
        from dlviz.maximise.scene_ascent import maximising_pictures
        from dlviz.panels.maximise import made_alone
        from dlviz.panels.patches import patch_panels
        from dlviz.scan.top_patches import with_reconstructions

        if self.shows == "maximising":
            return (made_alone(scene.network, (yield from maximising_pictures(scene, top.units))),)
        if self.reconstruct != "none":
            top = yield from with_reconstructions(scene, top, self.reconstruct)
        return patch_panels(top)

    def _unit(self, scene: Scene, scan: Scan, shown: int, random: np.random.Generator) -> int:
        """One of the chosen units that respond to more pictures than are shown."""
        scores = scan.top_responses[scene.layer].score
        units = np.array(scene.units or range(len(scores)))
        able = units[scores[units, shown] > 0] if shown > 1 else units[:0]
        if not len(able):
            raise UserError(
                f"No unit of {scene.layer} responds to more than {max(shown, 3)} pictures of {scan.samples.name}:"
                " choose another layer, other units or more pictures."
            )
        return int(random.choice(able))

    def _told(self, right: int) -> str:
        if not self.pick:
            return ""
        return f"The guess is {'correct' if SIDES.index(self.pick) == right else 'wrong'}. "

    def _two(self, scene: Scene, numbers: np.ndarray, responses: np.ndarray) -> Tiles:
        pictures = np.stack([scene.network.resize_to_input(scene.pictures[int(i)]) for i in numbers])
        captions = tuple(told_apart(responses.tolist())) if self.pick else ()
        return Tiles(
            pictures, "pixels", "Two new pictures", captions, columns=2, column_labels=SIDES, role="main", sets="pick",
            by="click", hint="click to guess",
        )  # fmt: skip


def _pair(
    scene: Scene, scan: Scan, unit: int, shown: int, random: np.random.Generator
) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray]]:
    """Return the numbers of two pictures, int64 (2,), in random order, and the unit's largest responses to them."""
    top, known = scan.top_responses[scene.layer], scan.filled
    more = int(random.integers(shown, known))
    rest = np.setdiff1d(np.arange(len(scan.samples)), top.index[unit])
    if known < top.score.shape[1] or not len(rest):  # all pictures are in the unit's list
        more = min(more, known - 2)
        rest = top.index[unit, more + 1 : known]
    others = random.choice(rest, min(OTHERS, len(rest)), replace=False)
    responses = []
    for done, number in enumerate(others):
        yield Progress(done, len(others), "looking for another picture")
        maps = scene.network.maps(scene.network.feed([scan.samples.sample(int(number))]), scene.layer)
        responses.append(float(maps[..., unit].max()))
    less = int(np.argmin(responses))
    numbers = np.array([top.index[unit, more], others[less]])
    found = np.array([top.score[unit, more], responses[less]], np.float32)
    order = random.permutation(2)
    return numbers[order], found[order]


def _asked(panel: Panel) -> Panel:
    """A panel of what the class goes by: pictures alone, without words."""
    panel = replace(panel, role="main")
    return replace(panel, captions=(), row_labels=()) if isinstance(panel, Tiles) else panel
