"""The deep belief net."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import keras
import numpy as np
from keras import layers

from dlviz_models import gibbs
from dlviz_models.errors import UserError
from dlviz_models.layers.rbm import RBM
from dlviz_models.networks.blocks import classifier, pixels, with_weights


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
    """Return how likely the units below the last RBM are on (count, units), after each step of Gibbs sampling; endless.

    Arguments and errors are those of `dream`.
    """
    top = machines(network)[-1]
    clamped = dict(clamped or {})
    held = None if label is None else np.broadcast_to(label, count)
    if held is not None and not 0 <= held.min() <= held.max() < top.labels:
        raise UserError(f"{network.name} has no class {label}; give one of 0..{top.labels - 1}.")
    if clamped and not 0 <= min(clamped) <= max(clamped) < top.units:
        raise UserError(f"{top.name} has {top.units} hidden units; clamp some of 0..{top.units - 1}.")
    chain = gibbs.gibbs_chain(_joint(top), top.labels, count, random, held=held, clamped=clamped)
    return (on for on, _, _ in chain)


def pass_down(network: keras.Model, on: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return probabilities that pixels are on (n, height, width, channel), from those below the last RBM (n, units)."""
    pixels = gibbs.pass_down([_joint(machine) for machine in machines(network)[:-1]], on, random)
    return pixels.reshape(len(on), *network.input_shape[1:])


def _joint(machine: RBM) -> gibbs.Machine:
    kernel, hidden_bias, visible_bias = map(keras.ops.convert_to_numpy, machine.joint)
    return kernel, hidden_bias, visible_bias
