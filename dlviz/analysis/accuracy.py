"""The accuracy of a classifier."""

from __future__ import annotations

from collections.abc import Generator

from dlviz.feeding.feed import feeds_from
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.targets import true_outputs
from dlviz_models.data.samples import Samples

BATCH = 32


def accuracy(network: Network, data: Samples) -> Generator[Progress, None, float]:
    """Return the share of correctly classified samples, 0..1.

    Raises:
        UserError: the network is not a classifier, or its classes are not those of the data.
    """
    true, right = true_outputs(network, data), 0
    for start in range(0, len(data), BATCH):
        stop = min(start + BATCH, len(data))
        answers = network.probabilities(network.answer(feeds_from(network, data, start, stop)))
        right += int((answers.argmax(axis=1) == true[start:stop]).sum())
        yield Progress(stop, len(data), f"answers of {network.name}")
    return right / len(data)
