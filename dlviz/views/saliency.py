"""Which part of the input an answer rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.grammar import one_of
from dlviz.options import chosen_of, option, with_options_of
from dlviz.progress import Progress
from dlviz.saliency import METHODS
from dlviz.sheet import Sheet
from dlviz.view import Scene, View
from dlviz_models.errors import UserError


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
        suggests="classes",
    )  # fmt: skip
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
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.panels.explained import explained
        from dlviz.panels.saliency import panels
        from dlviz.saliency.score import Score
        from dlviz.saliency.target import target_of

        network, sample = scene.network, scene.samples[0]
        feeds = network.feed([sample])
        number, told = explained(network, network.answer(feeds), self.target)
        name = self.of or network.input
        if name not in network.inputs:
            inputs = one_of(list(network.inputs))
            raise UserError(f"Option of={name[:60]} is not an input of {network.name}: choose {inputs}.")
        score = scene.memory.recall(Score, name) or scene.memory.keep(Score(network, name), name)
        is_contrast = self.against == "others" and network.answered.kind != "numbers"
        target = target_of(score, feeds, number, is_contrast)
        told += " rather than another class" * is_contrast
        method = chosen_of(METHODS, "method", self)
        found = yield from method.attribute(target)
        note = found.note if found.values.any() else "The map is zero everywhere: nothing can be traced back."
        made_up = " The sample is made up." * sample.synthetic
        yield Sheet(
            title=f"{network.name} · saliency · {sample.title}",
            summary=f"What {told} rests on, by {method.title}. {note}{_left_out(network.inputs, name)}{made_up}",
            panels=panels(target, sample, feeds, found.values),
            arrays={"map": found.values, "method": np.array(self.method), "input": target.values},
            source=method.source,
        )


def _left_out(inputs: Iterable[str], shown: str) -> str:
    """A sentence that tells how another input is explained, empty where there is none."""
    others = [name for name in inputs if name != shown]
    return f" Only {shown} is explained: choose another input with the option of={others[0]}." if others else ""
