"""The pictures that a network classifies most confidently, one per class, correct ones first."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.spacing import thinned_samples
from dlviz.targets import true_outputs
from dlviz_models.data import Pictures
from dlviz_models.errors import UserError

SEARCHED = 200
"""The number of evenly spaced pictures of the data that are searched."""
BATCH = 20
MAX_PICTURES = 8


@dataclass(frozen=True)
class ConfidentPictures:
    """Pictures of different predicted classes, correct ones first, then by confidence.

    Attributes:
        x: the pictures as fed, (n, height, width, channel).
        classes: the predicted classes, int64 (n,).
        true: the true classes, int64 (n,); None if unknown.
        searched: the number of pictures searched.
    """

    network: Network
    data: str
    x: np.ndarray
    classes: np.ndarray
    true: np.ndarray | None
    searched: int

    def caption(self, n: int) -> str:
        """The predicted class of a picture, and the true one if it differs."""
        predicted = self.network.class_name(int(self.classes[n]))
        if self.true is None or self.true[n] == self.classes[n]:
            return predicted
        return f"{predicted}, is {self.network.class_name(int(self.true[n]))}"

    def description(self, chosen: np.ndarray) -> str:
        """A sentence that says how the pictures with indices (m,) were selected."""
        which = "The picture is the one" if len(chosen) == 1 else "The pictures, each of another class, are those"
        found = f"{which} of which {self.network.name} is surest among {self.searched} of {self.data}"
        if self.true is None:
            return f"{found}; their classes are its own answers, as no others are known."
        wrong = int((self.true != self.classes)[chosen].sum())
        if not wrong:
            return f"{found}; it is right about {'it' if len(chosen) == 1 else 'them'}."
        right = int((self.true == self.classes).sum())
        has = f"has {right or 'no'} class{'es' * (right != 1)} of which it gets a picture right"
        return f"{found}; {wrong} of them it gets wrong, as {self.data} {has}."


def most_confident(network: Network, pictures: Pictures, fewest: int) -> Generator[Progress, None, ConfidentPictures]:
    """Return at most `MAX_PICTURES` pictures, correct ones only unless these cover fewer than `fewest` classes."""
    some = thinned_samples(pictures, SEARCHED)
    assert isinstance(some, Pictures)
    fed, answers = [], []
    for start in range(0, len(some), BATCH):
        yield Progress(start, len(some), "looking for the pictures of which the network is surest")
        fed.append(network.feed_from(some, start, min(start + BATCH, len(some))))
        answers.append(network.predict(fed[-1]))
    x, shares = np.concatenate(fed), np.concatenate(answers)
    classes, true = shares.argmax(axis=1), None
    with suppress(UserError):  # no labels, or classes of another network
        true = true_outputs(network, some)
    right = np.ones(len(x), bool) if true is None else classes == true
    order = np.lexsort((-shares.max(axis=1), ~right))
    first = np.sort(np.unique(classes[order], return_index=True)[1])
    chosen = order[first][: max(fewest, int(right[order[first]].sum()))][:MAX_PICTURES]
    return ConfidentPictures(
        network, pictures.name, x[chosen], classes[chosen], None if true is None else true[chosen], len(some)
    )
