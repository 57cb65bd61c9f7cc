"""The deep belief net."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import keras
import numpy as np
from keras import layers
from scipy.special import expit, softmax

from dlviz_models.blocks import classifier, pixels, with_weights
from dlviz_models.errors import UserError
from dlviz_models.layers.rbm import RBM


def DBN(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    classes: int = 10,
    hidden: tuple[int, ...] = (500, 500, 2000),
    weights: str | None = None,
    name: str = "dbn",
) -> keras.Model:
    """Build a deep belief net: restricted Boltzmann machines rbm1, rbm2, ... on one another, and a classifier on top.

    G. Hinton, S. Osindero, Y.-W. Teh, A fast learning algorithm for deep belief nets, Neural Computation 18(7), 2006,
    DOI 10.1162/neco.2006.18.7.1527; the sizes are the paper's. Each RBM learns the states of the one below by
    contrastive divergence (`contrastive_divergence.learn`), the last one together with the class; then
    back-propagation tunes the weights upwards. What the net believes pictures to be stays as it was learned: `dream`.

    Takes pixels 0..255, (n, *input_shape), and gives probabilities (n, classes). `weights` is the path of a file.
    """
    inputs, x = pixels(input_shape)
    x = layers.Flatten(name="flatten")(x)  # (n, 784)
    for number, units in enumerate(hidden, start=1):
        x = RBM(units, labels=classes if number == len(hidden) else 0, name=f"rbm{number}")(x)  # (n, units)
    return with_weights(classifier(inputs, x, classes, name), weights)


def machines(network: keras.Model) -> list[RBM]:
    """Return the RBMs of a deep belief net, from the pixels upwards.

    Raises:
        UserError: it has none.
    """
    found = [layer for layer in network.layers if isinstance(layer, RBM)]
    if not found:
        raise UserError(f"{network.name} has no restricted Boltzmann machines to dream with; open a dbn.")
    return found


def dream(
    network: keras.Model,
    count: int = 10,
    *,
    label: int | Sequence[int] | None = None,
    clamped: Mapping[int, float] | None = None,
    steps: int = 200,
    seed: int = 0,
) -> np.ndarray:
    """Draw pictures from a deep belief net: Gibbs sampling in its last RBM, then one pass down to the pixels.

    Args:
        label: the class that all pictures are to have, or one for each; None to leave it open.
        clamped: hidden units of the last RBM that are held at a state 0..1.
        steps: of Gibbs sampling, at least one; from what is seen with all hidden units off.

    Returns:
        Probabilities that pixels are on, (count, height, width, channel).

    Raises:
        UserError: the network is not a deep belief net, or has no such class or unit.
    """
    random = np.random.default_rng(seed)
    chain = gibbs_chain(network, count, random, label=label, clamped=clamped)
    on = next(islice(chain, steps - 1, None))
    return pass_down(network, on, random)


def gibbs_chain(
    network: keras.Model,
    count: int,
    random: np.random.Generator,
    *,
    label: int | Sequence[int] | None = None,
    clamped: Mapping[int, float] | None = None,
) -> Iterator[np.ndarray]:
    """Yield, after each step of Gibbs sampling, how likely the units below the last RBM are on (count, units); endless.

    Arguments and errors are those of `dream`.
    """
    top = machines(network)[-1]
    clamped = dict(clamped or {})
    held = None if label is None else np.broadcast_to(label, count)
    if held is not None and not 0 <= held.min() <= held.max() < top.labels:
        raise UserError(f"{network.name} has no class {label}; give one of 0..{top.labels - 1}.")
    if clamped and not 0 <= min(clamped) <= max(clamped) < top.units:
        raise UserError(f"{top.name} has {top.units} hidden units; clamp some of 0..{top.units - 1}.")
    kernel, hidden_bias, visible_bias = (keras.ops.convert_to_numpy(weight).astype(float) for weight in top.joint)
    below = len(kernel) - top.labels
    on, classes = _visible(np.tile(visible_bias, (count, 1)), below)  # as if all hidden units were off
    while True:
        if held is not None:
            classes = np.eye(top.labels)[held]
        visible = np.concatenate([_drawn(on, random), classes], axis=1)
        hidden = _drawn(expit(visible @ kernel + hidden_bias), random)  # (count, units)
        hidden[:, list(clamped)] = list(clamped.values())
        on, class_probabilities = _visible(hidden @ kernel.T + visible_bias, below)
        classes = random.multinomial(1, class_probabilities).astype(float)
        yield on


def pass_down(network: keras.Model, on: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return probabilities that pixels are on (n, height, width, channel), from those below the last RBM (n, units)."""
    for machine in reversed(machines(network)[:-1]):
        kernel, _, visible_bias = (keras.ops.convert_to_numpy(weight) for weight in machine.joint)
        on = expit(_drawn(on, random) @ kernel.T + visible_bias)
    return on.reshape(len(on), *network.input_shape[1:])


def _visible(logits: np.ndarray, below: int) -> tuple[np.ndarray, np.ndarray]:
    """Part visible logits (n, below + labels) into probabilities of the states below and of the classes."""
    return expit(logits[:, :below]), softmax(logits[:, below:].astype(float), axis=1)


def _drawn(probability: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return (random.random(probability.shape) < probability).astype(float)
