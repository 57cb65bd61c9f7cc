"""Gibbs sampling in stacked restricted Boltzmann machines, with numpy alone.

A machine is its joint weights: the kernel (visible + labels, hidden), the bias of the hidden units and that of the
visible ones, the last of which are the labels.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

Machine = tuple[np.ndarray, np.ndarray, np.ndarray]


def gibbs_chain(
    top: Machine,
    labels: int,
    count: int,
    random: np.random.Generator,
    *,
    held: np.ndarray | None = None,
    clamped: Mapping[int, float] | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield what each step of Gibbs sampling finds, from what is seen with all hidden units off; endless.

    Args:
        labels: the number of classes among the visible units.
        count: independent chains.
        held: the class of each chain, (count,); None to leave it open.
        clamped: hidden units that are held at a state 0..1.

    Yields:
        How likely the visible units are on (count, visible) and each class is (count, labels), and the states of the
        hidden units that say so (count, hidden).
    """
    from scipy.special import expit

    kernel, hidden_bias, visible_bias = top
    clamped = dict(clamped or {})
    below = len(kernel) - labels
    on, classes = _visible(np.tile(visible_bias, (count, 1)), below)  # as if all hidden units were off
    while True:
        if held is not None:
            classes = np.eye(labels)[held]
        visible = np.concatenate([drawn(on, random), classes], axis=1).astype(kernel.dtype)
        hidden = drawn(expit(visible @ kernel + hidden_bias), random)  # (count, units)
        hidden[:, list(clamped)] = list(clamped.values())
        on, class_probabilities = _visible(hidden.astype(kernel.dtype) @ kernel.T + visible_bias, below)
        classes = random.multinomial(1, class_probabilities).astype(float)
        yield on, class_probabilities, hidden


def pass_down(below: Sequence[Machine], on: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return how likely pixels are on (n, pixels), from the visible units of the machine on top (n, units).

    Args:
        below: the machines under it, from the pixels upwards.
        on: how likely the units are on.
    """
    from scipy.special import expit

    for kernel, _, visible_bias in reversed(below):
        on = expit(drawn(on, random).astype(kernel.dtype) @ kernel.T + visible_bias)
    return on


def drawn(probability: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return states 0 and 1, each 1 with its own `probability`, of the same shape."""
    return (random.random(probability.shape) < probability).astype(float)


def _visible(logits: np.ndarray, below: int) -> tuple[np.ndarray, np.ndarray]:
    """Part visible logits (n, below + labels) into probabilities of the states below and of the classes."""
    from scipy.special import expit, softmax

    return expit(logits[:, :below]), softmax(logits[:, below:].astype(float), axis=1)
