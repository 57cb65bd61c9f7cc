"""Which training examples taught a network what it answers, by the gradients of the loss at its weights: TracIn.

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
"""How many numbers are fed at once, and how many samples at least and at most."""
SEARCHED = 1000
"""Samples, evenly spaced, among which a mistake is looked for."""


def influence(
    states: Sequence[Callable[[], Network]], sample: Sample, target: int, train: Samples, labels: np.ndarray
) -> Generator[Progress, None, np.ndarray]:
    """Return how much learning from each training example lowered the loss of one sample, (n,) float64; a negative
    number: raised it.

    It is the sum, over the states of the network that were kept, of the learning rate times the scalar product of both
    gradients of the loss at all trained weights.

    Args:
        states: what opens each of them, oldest first; one whose card tells no learning rate counts 1.
        target: the class of the sample that the loss is of.
        labels: the class of each training example, (n,) integers.

    Raises:
        UserError: no weight of the network is trained.
    """
    total = np.zeros(len(train))
    for number, opened in enumerate(states):
        network = opened()
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
    """Yield from number `start` on the scalar product of the gradient of a sample's loss with that of each training
    example, (chunk,) float32.

    No gradient of a training example is computed: the product is the derivative of its loss in the direction of the
    sample's gradient, of which one forward pass gives a whole batch.
    """
    weights = [variable.value for variable in network.model.trainable_variables]
    if not weights:
        raise UserError(f"{network.name} has no trainable weights, so no example can have taught it anything.")
    fed = network.feed([sample])
    direction, size = _gradient(network, fed, target, weights), _together(fed)
    for start in range(0, len(train), size):
        chunk = [train.sample(number) for number in range(start, min(start + size, len(train)))]
        found = np.zeros(len(chunk), np.float32)
        for numbers, feeds in groups(network, chunk):
            y = labels[start + numbers]
            found[numbers] = backend.directional_derivative(partial(losses, network, feeds, y), weights, direction)
        yield start, found


def losses(network: Network, feeds: Feeds, labels: np.ndarray) -> Any:
    """The cross-entropy of each sample that is fed with its class, a float32 tensor (n,); differentiable."""
    logits = network.logits({name: backend.constant(x) for name, x in feeds.items()})  # (n, classes)
    return keras.ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def _gradient(network: Network, feeds: Feeds, target: int, weights: list[Any]) -> list[Any]:
    """The gradient of the loss at each weight, of its shape; zero where the loss does not depend on it."""
    found = backend.gradients_at(lambda: (losses(network, feeds, np.array([target])), weights))()
    return [
        keras.ops.zeros_like(weight) if gradient is None else backend.dense(gradient)
        for weight, gradient in zip(weights, found, strict=True)
    ]


def _together(fed: Feeds) -> int:
    """How many samples go through the network at once, of one that is fed with a batch axis of 1, (1, ...)."""
    return int(np.clip(NUMBERS // max(1, sum(x.size for x in fed.values())), FEWEST, MOST))


def distances(network: Network, layer: str, sample: Sample, train: Samples) -> Generator[Progress, None, np.ndarray]:
    """Return the Euclidean distance between the features of a sample and those of each training example, (n,)."""
    one = yield from features(network, (layer,), ListedSamples(sample.name, sample.kind, [sample]))
    found = yield from features(network, (layer,), train)
    return np.linalg.norm(found[layer] - one[layer], axis=1)


def worst_mistake(network: Network, data: Samples) -> Generator[Progress, None, Sample]:
    """Return the sample that the network is most wrong about: the one of the largest loss."""
    data = thinned_samples(data, SEARCHED)
    labels, worst = true_outputs(network, data), (-1.0, 0)
    size = _together(network.feed([data.sample(0)]))
    for start in range(0, len(data), size):
        chunk = [data.sample(number) for number in range(start, min(start + size, len(data)))]
        for numbers, feeds in groups(network, chunk):
            found = np.asarray(losses(network, feeds, labels[start + numbers]))
            worst = max(worst, (float(found.max()), start + int(numbers[found.argmax()])))
        yield Progress(start, len(data), f"looking for a mistake in {data.name}")
    return data.sample(worst[1])
