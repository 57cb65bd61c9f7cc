"""What an attack on some pictures came to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlviz.adversarial.noise import noise_of_norm
from dlviz.adversarial.objective import Objective, norms


@dataclass(frozen=True)
class Outcome:
    """n pictures before and after.

    Attributes:
        original, adversarial: (n, height, width, channel), in the model's range.
        label: the right class (n,).
        wanted: the answers that count as success (n, classes).
        before: the probabilities for the originals (n, classes).
        index: each picture's number (n,).
    """

    objective: Objective
    original: np.ndarray
    adversarial: np.ndarray
    label: np.ndarray
    wanted: np.ndarray
    before: np.ndarray
    index: np.ndarray

    @cached_property
    def after(self) -> np.ndarray:
        """The probabilities for the adversarial pictures (n, classes)."""
        return self.objective.network.predict(self.adversarial)

    @cached_property
    def success(self) -> np.ndarray:
        """Whether the network now gives a wanted answer (n,)."""
        return self.wanted[np.arange(len(self.label)), self.after.argmax(axis=1)]

    @cached_property
    def difference(self) -> np.ndarray:
        """Adversarial minus original, pixels as 0..1, in the order of the model's channels."""
        return (self.adversarial - self.original) / self.objective.span

    @cached_property
    def l2(self) -> np.ndarray:
        """The Euclidean length of the difference (n,)."""
        return norms(self.difference)

    @cached_property
    def noisy(self) -> np.ndarray:
        """The pictures with random noise of the same length instead, as the model's input."""
        return self.objective.input(noise_of_norm(self.objective.pixels(self.original), self.l2))

    @cached_property
    def after_noise(self) -> np.ndarray:
        """The probabilities for the noisy pictures (n, classes)."""
        return self.objective.network.predict(self.noisy)

    def arrays(self) -> dict[str, np.ndarray]:
        """One entry a picture each: what `--out FILE.npz` holds."""
        return {
            "index": self.index,
            "original": self.original,
            "adversarial": self.adversarial,
            "label": self.label,
            "predicted_before": self.before.argmax(axis=1),
            "predicted_after": self.after.argmax(axis=1),
            "confidence_before": self.before.max(axis=1),
            "confidence_after": self.after.max(axis=1),
            "l2": self.l2,
            "linf": np.abs(self.difference).reshape(len(self.label), -1).max(axis=1),
            "success": self.success,
        }

    def arrays_of_noise(self) -> dict[str, np.ndarray]:
        """The same of the control."""
        return {
            "noisy": self.noisy,
            "predicted_noisy": self.after_noise.argmax(axis=1),
            "confidence_noisy": self.after_noise.max(axis=1),
        }
