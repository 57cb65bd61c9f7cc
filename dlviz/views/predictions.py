"""What a network answers, in the way that suits its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.applies import ANSWERS
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Panel, Sheet, retitled
from dlviz.view import Scene, View

if TYPE_CHECKING:
    from dlviz.feeding.feed import Feeds
    from dlviz.network import Network


@dataclass(frozen=True)
class Predictions(View):
    """The answer to what is fed, drawn as its kind asks, with the evidence for that kind below.

    >>> import dlviz
    >>> dlviz.show("predictions", "lenet5", input="digits:7").arrays["probabilities"].shape  # (samples, classes)
    (1, 10)
    """

    name = "predictions"
    summary = "What the network predicts: the likeliest classes with their probabilities, numbers, a mask, a text."
    needs = frozenset({"network", "sample"})
    beside = True
    order = 7

    count: int = option(
        10, "how many of the likeliest classes to show", low=1, high=100, label="classes", formerly="classes"
    )
    every_output: bool = option(True, "also show the other outputs of the network")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.panels.answers import Answers, answer_panels

        network, samples = scene.network, scene.samples
        feeds = network.feed(samples)
        raw = network.answer(feeds)
        found = answer_panels(Answers(network, samples, feeds, raw, self.count))
        panels, summary, notes = list(found.panels), [f"{network.name} {found.summary}."], [_evidence(network)]
        answers = {"answer": raw}
        for name in network.outputs:
            if len(network.outputs) == 1:
                break
            other = network.with_output(name)
            answers[f"answer:{name}"] = raw if name == network.chosen_output.name else other.answer(feeds)
            if name != network.chosen_output.name and self.every_output:
                its = answer_panels(
                    Answers(other, samples, feeds, answers[f"answer:{name}"], self.count, with_samples=False)
                )
                panels += _titled(its.panels, name)
                summary.append(f"{name}: {its.summary}.")
                notes.append(f"{name}: {_evidence(other)}")
        first = samples[0]
        names = f"{first.title} and {len(samples) - 1} more" if len(samples) > 1 else first.title
        which = f" · {network.chosen_output.name}" if len(network.outputs) > 1 else ""
        made = ["The sample is made up."] if first.synthetic else []
        yield Sheet(
            title=f"{network.name}{which} · {names}",
            summary=" ".join([*summary, *made]),
            panels=tuple(panels),
            arrays={**_inputs(feeds), **answers, **found.arrays},
            note=" ".join(notes),
        )


def _evidence(network: Network) -> str:
    """The kind of the output and the evidence for it, as a sentence."""
    kind = "labels" if network.chosen_output.labels else ANSWERS[network.chosen_output.kind]
    return f"The output is read as {kind}: {network.chosen_output.evidence}."


def _titled(panels: list[Panel], name: str) -> list[Panel]:
    """The panels, with the name of the output in their titles."""
    return [
        panel if panel.title == name else retitled(panel, f"{name}: {panel.title}".rstrip(": ")) for panel in panels
    ]


def _inputs(feeds: Feeds) -> dict[str, np.ndarray]:
    if len(feeds) == 1:
        return {"input": next(iter(feeds.values()))}
    return {f"input:{name}": x for name, x in feeds.items()}
