"""The pictures of which a network is surest, one a class, of which it gets right as many as there are."""

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

LOOKED_AT = 200
"""Pictures of the data, evenly spaced, among which they are looked for."""
AT_ONCE = 20
"""Of these, between two looks at whether they are still wanted."""
MOST = 8


@dataclass(frozen=True)
class Surest:
    """Pictures that a network takes for different classes, those that it gets right first, then the surest first.

    Attributes:
        x: as they are fed, (n, height, width, channel).
        classes: what they are taken for, int64 (n,).
        true: what they are, int64 (n,); None where that is not known.
        looked_at: among how many they were found.
    """

    network: Network
    data: str
    x: np.ndarray
    classes: np.ndarray
    true: np.ndarray | None
    looked_at: int

    def caption(self, n: int) -> str:
        """What a picture is taken for, and what it is where that is something else."""
        said = self.network.class_name(int(self.classes[n]))
        if self.true is None or self.true[n] == self.classes[n]:
            return said
        return f"{said}, is {self.network.class_name(int(self.true[n]))}"

    def words(self, chosen: np.ndarray) -> str:
        """Which pictures those in these places (m,) are, a sentence."""
        which = "The picture is the one" if len(chosen) == 1 else "The pictures are, of different classes, those"
        found = f"{which} of which {self.network.name} is surest among {self.looked_at} of {self.data}"
        if self.true is None:
            return f"{found}; their classes are its own answers, as no others are known."
        wrong = int((self.true != self.classes)[chosen].sum())
        if not wrong:
            return f"{found}, and right."
        right = int((self.true == self.classes).sum())
        has = f"has {right or 'no'} class{'es' * (right != 1)} of which it gets a picture right"
        return f"{found}; {wrong} of them it gets wrong, as {self.data} {has}."


def surest(network: Network, pictures: Pictures, fewest: int) -> Generator[Progress, None, Surest]:
    """Return at most `MOST` pictures; where it gets fewer than `fewest` classes right, wrong ones to make up these."""
    some = thinned_samples(pictures, LOOKED_AT)
    assert isinstance(some, Pictures)
    fed, answers = [], []
    for start in range(0, len(some), AT_ONCE):
        yield Progress(start, len(some), "looking for the pictures of which the network is surest")
        fed.append(network.feed_from(some, start, min(start + AT_ONCE, len(some))))
        answers.append(network.predict(fed[-1]))
    x, shares = np.concatenate(fed), np.concatenate(answers)
    classes, true = shares.argmax(axis=1), None
    with suppress(UserError):  # of data whose classes are not known, or not the network's
        true = true_outputs(network, some)
    right = np.ones(len(x), bool) if true is None else classes == true
    order = np.lexsort((-shares.max(axis=1), ~right))
    first = np.sort(np.unique(classes[order], return_index=True)[1])
    chosen = order[first][: max(fewest, int(right[order[first]].sum()))][:MOST]
    return Surest(network, pictures.name, x[chosen], classes[chosen], None if true is None else true[chosen], len(some))
