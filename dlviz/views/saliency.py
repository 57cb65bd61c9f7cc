"""Which part of the input an answer rests on."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import one_of
from dlviz.options import chosen_of, option, with_options_of
from dlviz.progress import Progress
from dlviz.saliency import METHODS
from dlviz.sheet import Sheet
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.saliency.target import Target


@dataclass(frozen=True)
@with_options_of(METHODS, "method")
class Saliency(View):
    """Saliency maps by seven methods, for a class, a number or a mask.

    >>> import dlviz
    >>> sheet = dlviz.show("saliency", "lenet5", input="digits:7", method="integrated")
    >>> sheet.arrays["map"].shape  # (height, width)
    (28, 28)
    """

    name = "saliency"
    summary = "Which part of the input an answer rests on: pixels, words, moments or numbers."
    needs = frozenset({"network", "sample"})
    samples = frozenset({"picture", "text", "sound", "numbers", "several"})
    answers = frozenset({"classes", "numbers", "pixels"})
    one_sample = True
    order = 5

    method: str = option(
        "integrated",
        "; ".join(f"{name}: {method.summary}" for name, method in METHODS.items()),
        choices=tuple(METHODS),
        labels=tuple(method.title for method in METHODS.values()),
    )
    target: str = option(
        "", "what is explained: a class by its name or number; empty: the likeliest", label="explained",
        suggests="classes", zero="the likeliest",
    )  # fmt: skip
    check: str = option(
        "none",
        "beside the map of a picture, a check of it. deletion: how fast the answer goes and comes with the most"
        " salient pixels, against an edge map and random order; randomisation: how it changes as weights are shuffled"
        " layer by layer",
        choices=("none", "deletion", "randomisation"),
        labels=("not shown", "deletion and insertion", "shuffled weights"),
        label="check",
        answers=("classes",),
        formerly="worth",
    )
    against: str = option(
        "nothing",
        "whether the logits of other classes are subtracted: what speaks for this class rather than for another",
        choices=("nothing", "others"),
        labels=("nothing", "the other classes"),
        label="compared with",
        answers=("classes", "pixels"),
    )
    of: str = option(
        "",
        "of several inputs the one whose part is shown; empty: the first picture, else the first",
        label="input explained",
        zero="automatic",
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.panels.explained import explained, mistake_remark
        from dlviz.panels.saliency import panels
        from dlviz.saliency.score import Score
        from dlviz.saliency.target import target_of

        network, sample = scene.network, scene.samples[0]
        feeds = network.feed([sample])
        answer = network.answer(feeds)
        number, told = explained(network, answer, self.target)
        name = self.of or network.input
        if name not in network.inputs:
            inputs = one_of(list(network.inputs))
            raise UserError(f"Option of={name[:60]} is not an input of {network.name}: choose {inputs}.")
        score = scene.memory.recall(Score, name) or scene.memory.keep(Score(network, name), name)
        is_contrast = self.against == "others" and network.chosen_output.kind != "numbers"
        target = target_of(score, feeds, number, is_contrast)
        told += " rather than another class" * is_contrast
        method = chosen_of(METHODS, "method", self)
        found = yield from method.attribute(target)
        note = found.note if found.values.any() else "The map is zero everywhere: nothing can be traced back."
        made_up = " The sample is made up." * sample.synthetic
        sheet = Sheet(
            title=f"{network.name} · saliency · {sample.title}",
            summary=f"What {told} rests on, by {method.title}.{mistake_remark(network, sample, answer)} {note}"
            f"{_left_out(network.inputs, name)}{made_up}",
            panels=panels(target, sample, feeds, found.values),
            arrays={"map": found.values, "method": np.array(self.method), "input": target.values},
            source=method.source,
        )
        yield sheet
        if self.check != "none":
            yield (yield from self._checked(sheet, target, number))

    def _checked(self, sheet: Sheet, target: Target, number: int) -> Generator[Progress, None, Sheet]:
        """The sheet with a check of its map.

        Raises:
            UserError: it is not the map of the one picture of a network of classes.
        """
        from dlviz.panels.saliency_worth import WORTH

        network = target.score.network
        if not network.takes_pictures or len(network.inputs) > 1 or network.chosen_output.kind != "classes":
            raise UserError(
                f"Option check={self.check} is for networks that classify one picture, and {network.name} does not:"
                " choose check=none."
            )
        method, values = chosen_of(METHODS, "method", self), sheet.arrays["map"]
        told, beside, arrays = yield from WORTH[self.check](method, target, number, values)
        whole = f"{sheet.summary} {told}"
        return replace(sheet, summary=whole, panels=(*sheet.panels, *beside), arrays={**sheet.arrays, **arrays})


def _left_out(inputs: Iterable[str], shown: str) -> str:
    """A sentence that tells how another input is explained, empty where there is none."""
    others = [name for name in inputs if name != shown]
    return f" Only {shown} is explained; for another input choose of={others[0]}." if others else ""
