"""The pictures that the network gets wrong, and which class it takes for which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.sheet import Matrix, Panel, Progress, Sheet, Tiles
from dlviz.view import Scene, View

if TYPE_CHECKING:
    from dlviz.truth import ClassMatch

CLASSES_SHOWN = 20
"""A larger confusion matrix is cut to the classes with the most mistakes."""
DOUBTFUL = 12
"""How many of the right answers that the network is least sure of are shown."""


@dataclass(frozen=True)
class Mistakes(View):
    name = "mistakes"
    says = "The pictures that the network gets wrong or is least sure of, and which class it takes for which."
    needs = frozenset({"network", "data"})
    samples = frozenset({"picture"})
    answers = frozenset({"classes"})
    order = 5

    count: int = option(60, "how many of the wrong pictures are shown", low=1, high=1000)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.truth import class_count, match_classes, true_outputs

        network, data = scene.network, scene.pictures
        truth = true_outputs(network, data)
        match = match_classes(network, data)
        examples = len(data)
        predicted, confidence = np.empty(examples, np.int64), np.empty(examples, np.float32)
        batch = int(np.clip(2**23 // np.prod(network.input_shape), 8, 256))
        for start in range(0, examples, batch):
            stop = min(start + batch, examples)
            answer = network.predict(network.feed_from(data, start, stop))
            predicted[start:stop], confidence[start:stop] = answer.argmax(axis=1), answer.max(axis=1)
            yield Progress(stop, examples, f"{stop} of {examples} pictures")

        confusion = np.zeros((class_count(network),) * 2, np.int64)
        np.add.at(confusion, (truth, predicted), 1)
        wrong = np.flatnonzero(predicted != truth)
        wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
        accuracy = 1 - len(wrong) / examples
        right = np.flatnonzero(predicted == truth)
        doubtful = right[np.argsort(confidence[right], kind="stable")][:DOUBTFUL]

        def tiles(title: str, shown: np.ndarray, caption: Callable[[int], str]) -> list[Panel]:
            if not len(shown):
                return []
            images, keys = np.stack([network.fit(data[int(i)]) for i in shown]), tuple(int(i) for i in shown)
            captions = tuple(caption(i) for i in keys)
            return [Tiles(images, "pixels", title=title, captions=captions, keys=keys, selects="input")]

        def said(i: int) -> str:
            return f"{match.name(predicted[i])}, {confidence[i]:.0%}"

        yield Sheet(
            title=f"{network.name} · mistakes · {data.name}",
            says=f"{network.name} gets {len(wrong):,} of {examples:,} pictures of {data.name} wrong:"
            f" {accuracy:.2%} are right. Rows are the true classes, columns what it said; the more errors, the darker."
            f" {match.says}".rstrip(),
            panels=(
                _matrix(match, confusion),
                *tiles(
                    "Wrong (true → said), most confident first",
                    wrong[: self.count],
                    lambda i: f"{match.name(truth[i])} → {said(i)}",
                ),
                *tiles("Right, but least sure", doubtful, said),
            ),
            arrays={
                "examples": np.array(examples),
                "accuracy": np.array(accuracy),
                "confusion": confusion,
                "index": wrong,
                "label": truth[wrong],
                "predicted": predicted[wrong],
                "confidence": confidence[wrong],
            },
        )


def _matrix(match: ClassMatch, confusion: np.ndarray) -> Matrix:
    """The confusion matrix (true, predicted); of many classes, those with the most mistakes, and all others as one."""
    values, rows = confusion, np.arange(len(confusion))
    others: tuple[str, ...] = ()
    if len(confusion) > CLASSES_SHOWN:
        mistakes = confusion.sum(axis=1) - confusion.diagonal()
        seen = np.flatnonzero(confusion.sum(axis=1))
        rows = np.sort(seen[np.argsort(-mistakes[seen], kind="stable")][:CLASSES_SHOWN])
        inside = confusion[np.ix_(rows, rows)]
        outside = confusion[rows].sum(axis=1) - inside.sum(axis=1)
        values, others = np.column_stack([inside, outside]), ("another",)
    names = tuple(match.name(int(i)) for i in rows)
    return Matrix(
        values, names, names + others, row_title="true", column_title="said", title="Confusion matrix", decimals=0,
        plain_diagonal=True,
    )  # fmt: skip
