"""What an attack tries to reach, as a function of pixels 0..1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.network import Network

Tensor = Any

NEVER = -1e9
"""The logit of a class that is left out."""
CLEAR = 1e-4
"""By how much of its logits' range a picture has to cross the border, so that rounding does not bring it back."""


@dataclass(frozen=True)
class Attempt:
    """How far an attack has come: the best `pixels` (n, height, width, channel) so far, the originals where `found`
    (n,) is false."""

    pixels: np.ndarray
    found: np.ndarray
    done: int
    total: int


class Objective:
    """A network's logits, and how far they are from a wanted answer, for pixels 0..1 (n, height, width, channel).

    `wanted` (n, classes) is true for each class that counts as success: all but the right one, or one target.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.low, self.high = network.preprocess.limits(network.input_shape[2])
        self.span = network.preprocess.span(network.input_shape[2])
        self._answers = backend.compiled(self.logits)

    def pixels(self, x: np.ndarray) -> np.ndarray:
        """The model's input as pixels 0..1."""
        return np.clip((x - self.low) / self.span, 0, 1, dtype=np.float32)

    def input(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels 0..1 as the model's input, inside its range to the last bit."""
        x = self.low + pixels * self.span
        return np.clip(x, np.minimum(self.low, self.high), np.maximum(self.low, self.high), dtype=np.float32)

    def logits(self, pixels: Tensor) -> Tensor:
        """(n, classes), differentiable."""
        return self.network.logits(self.low + pixels * self.span)

    def judge(self, pixels: Tensor, wanted: Tensor, sharpness: Tensor | float = 1.0) -> tuple[Tensor, Tensor]:
        """Loss and gap of each picture, two (n,).

        The loss is the cross-entropy -log of the probability of all wanted classes together, after the logits have
        been multiplied by `sharpness`, (n, 1) or a number, which makes its level lines follow the border.
        The gap, without a gradient, is the largest unwanted logit minus the largest wanted one: negative where the
        attack succeeds.
        """
        logits = self.logits(pixels)  # (n, classes)
        sharp = logits * sharpness
        loss = ops.logsumexp(sharp, axis=1) - ops.logsumexp(ops.where(wanted, sharp, NEVER), axis=1)
        return loss, ops.stop_gradient(_gap(logits, wanted))

    def answers(self, pixels: np.ndarray) -> np.ndarray:
        """The logits (n, classes) as numbers."""
        return np.asarray(self._answers(backend.constant(pixels)))

    def gaps(self, pixels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """The gap of each picture (n,)."""
        return np.asarray(_gap(self.answers(pixels), wanted))

    def clearance(self, pixels: np.ndarray) -> np.ndarray:
        """How far below 0 the gap has to be to count as success (n,)."""
        return CLEAR * np.ptp(self.answers(pixels), axis=1)


def _gap(logits: Tensor, wanted: Tensor) -> Tensor:
    return ops.max(ops.where(wanted, NEVER, logits), axis=1) - ops.max(ops.where(wanted, logits, NEVER), axis=1)


def norms(difference: np.ndarray) -> np.ndarray:
    """The Euclidean length of each picture's difference (n, ...): (n,)."""
    return np.linalg.norm(difference.reshape(len(difference), -1), axis=1)
