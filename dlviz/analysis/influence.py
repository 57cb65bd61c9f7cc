"""The influence of training examples on a prediction, from loss gradients at checkpoints: TracIn.

G. Pruthi, F. Liu, M. Sundararajan, S. Kale, Estimating training data influence by tracing gradient descent, NeurIPS
2020, arXiv 2002.08484.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz.analysis.features import features
from dlviz.feeding.feed import Feeds
from dlviz.feeding.groups import groups
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.spacing import thinned_samples
from dlviz.targets import true_outputs
from dlviz_models.data.samples import ListedSamples, Sample, Samples
from dlviz_models.errors import UserError

NUMBERS, FEWEST, MOST = 2**18, 8, 256
"""The maximum number of values in a batch, and the minimum and maximum batch size."""
SEARCHED = 1000
"""The number of evenly spaced samples searched for a mistake."""


def influence(
    states: Sequence[Callable[[], Network]], sample: Sample, target: int, train: Samples, labels: np.ndarray
) -> Generator[Progress, None, np.ndarray]:
    """Return how much each training example lowered the loss of one sample, float64 (n,); negative: raised it.

    This is the sum over the kept checkpoints of the learning rate times the dot product of the two loss gradients with
    respect to all trainable weights.

    Args:
        states: functions that open the checkpoints, oldest first; the default learning rate is 1.
        target: the class of the sample in the loss.
        labels: the class of each training example, integers (n,).

    Raises:
        UserError: the network has no trainable weights.
    """
    total = np.zeros(len(train))
    for number, open_state in enumerate(states):
        network = open_state()
        rate = network.card.learning_rate if network.card and network.card.learning_rate is not None else 1.0
        products = gradient_products(network, sample, target, train, labels)
        for start, found in products:
            total[start : start + len(found)] += rate * found
            done = number * len(train) + start + len(found)
            yield Progress(done, len(states) * len(train), f"gradients of {train.name}, {network.name}")
    return total


def gradient_products(
    network: Network, sample: Sample, target: int, train: Samples, labels: np.ndarray
) -> Generator[tuple[int, np.ndarray], None, None]:
    """Yield the index of the first example of each chunk, and the dot products of the loss gradient of the sample with
    those of the training examples, float32 (chunk,).

    No gradient per training example is needed: the dot product is the directional derivative of its loss along the
    sample's gradient, which forward-mode differentiation gives for a whole batch.
    """
    weights = [variable.value for variable in network.model.trainable_variables]
    if not weights:
        raise UserError(f"{network.name} has no trainable weights, so no example can have taught it anything.")
    fed = network.feed([sample])
    direction, size = _gradient(network, fed, target, weights), _batch_size(fed)
    for start in range(0, len(train), size):
        chunk = [train.sample(number) for number in range(start, min(start + size, len(train)))]
        found = np.zeros(len(chunk), np.float32)
        for numbers, feeds in groups(network, chunk):
            y = labels[start + numbers]
            found[numbers] = backend.directional_derivative(partial(losses, network, feeds, y), weights, direction)
        yield start, found


def losses(network: Network, feeds: Feeds, labels: np.ndarray) -> Any:
    """The cross-entropy of each sample, a float32 tensor (n,); differentiable."""
    logits = network.logits({name: backend.constant(x) for name, x in feeds.items()})  # (n, classes)
    return keras.ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def _gradient(network: Network, feeds: Feeds, target: int, weights: list[Any]) -> list[Any]:
    """The gradient of the loss with respect to each weight, of its shape."""
    found = backend.gradients_at(lambda: (losses(network, feeds, np.array([target])), weights))()
    return [
        keras.ops.zeros_like(weight) if gradient is None else backend.dense(gradient)
        for weight, gradient in zip(weights, found, strict=True)
    ]


def _batch_size(fed: Feeds) -> int:
    """The batch size for samples like `fed`, (1, ...) each."""
    return int(np.clip(NUMBERS // max(1, sum(x.size for x in fed.values())), FEWEST, MOST))


def distances(network: Network, layer: str, sample: Sample, train: Samples) -> Generator[Progress, None, np.ndarray]:
    """Return the L2 distance between the features of a sample and those of each training example, (n,)."""
    one = yield from features(network, (layer,), ListedSamples(sample.name, sample.kind, [sample]))
    found = yield from features(network, (layer,), train)
    return np.linalg.norm(found[layer] - one[layer], axis=1)


def worst_mistake(network: Network, data: Samples) -> Generator[Progress, None, Sample]:
    """Return the sample with the largest loss."""
    data = thinned_samples(data, SEARCHED)
    labels, worst = true_outputs(network, data), (-1.0, 0)
    size = _batch_size(network.feed([data.sample(0)]))
    for start in range(0, len(data), size):
        chunk = [data.sample(number) for number in range(start, min(start + size, len(data)))]
        for numbers, feeds in groups(network, chunk):
            found = np.asarray(losses(network, feeds, labels[start + numbers]))
            worst = max(worst, (float(found.max()), start + int(numbers[found.argmax()])))
        yield Progress(start, len(data), f"looking for a mistake in {data.name}")
    return data.sample(worst[1])
