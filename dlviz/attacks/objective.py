"""A network's scores, and their gap to a goal, as a differentiable function of one input in the units of an attack."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import keras
import numpy as np
from keras import ops

from dlviz import backend
from dlviz.attacks.goals import ANY, Goals
from dlviz.attacks.problem import Evaluation
from dlviz.feeding.feed import Feeds
from dlviz.jobs import Input
from dlviz.network import Network
from dlviz_models.errors import UserError

Tensor = Any
NEVER = -1e9
"""The logit of an excluded class."""
MARGINS, DEFAULT_MARGIN = {"float16": 4e-3, "bfloat16": 3e-2}, 1e-4
"""How far an input must cross the decision boundary, as a share of the range of its scores, by dtype and for others."""
BATCH_NUMBERS = 2**20
"""The maximum number of input values in a batch."""
TOLERANCE = 1e-3
"""Values that exceed the range of pixels by more than this share of it are not pixels; their own range counts."""


class Objective:
    """The scores of a network, logits or numbers, as a function of one input.

    Attributes:
        name: the input that is changed.
        shape: its shape as fed, without the batch axis.
        low, span: an input is `low + span * values`.
        mean: the mean of numeric inputs for each entry of the last axis; otherwise 0.
        limits: the lower and upper bound of the values.

    Args:
        reference: inputs (n, ...) from whose standard deviation numeric inputs get their unit.
    """

    def __init__(self, network: Network, spec: Input, reference: np.ndarray) -> None:
        self.network = network
        self.name = spec.name
        self.shape = reference.shape[1:]
        self.low: Any = np.float32(0)
        self.span: Any = np.float32(1)
        self.mean: Any = np.float32(0)
        self.limits = (-np.inf, np.inf)
        if spec.kind == "picture":
            preprocess = network.preprocess_of(spec.name)
            self.low, self.span = preprocess.limits(self.shape[-1])[0], preprocess.span(self.shape[-1])
            self.limits = (0.0, 1.0)
            shares = (reference - self.low) / self.span
            if reference.size and not (shares.min() >= -TOLERANCE and shares.max() <= 1 + TOLERANCE):  # not pixels
                self.low, self.span = np.float32(reference.min()), np.float32(np.ptp(reference) or 1)
        elif spec.kind == "sound":
            self.low, self.span, self.limits = np.float32(-1), np.float32(2), (0.0, 1.0)
        elif len(reference) > 1:
            axes = tuple(range(reference.ndim - 1))
            deviation = reference.std(axis=axes, dtype=np.float64)
            self.span = np.where(deviation > 0, deviation, 1).astype(np.float32)
            self.mean = reference.mean(axis=axes, dtype=np.float64)
        self._compiled: dict[str, Callable[..., Any]] = {}

    # -- units -------------------------------------------------------------------------------------------------

    def values(self, x: np.ndarray) -> np.ndarray:
        """Inputs (n, ...) in the units of an attack, float32 (n, d)."""
        scaled = np.clip((x - self.low) / self.span, *self.limits).astype(np.float32)
        return scaled.reshape(len(x), -1)

    def input(self, values: np.ndarray) -> np.ndarray:
        """Values (n, d) as the network's input (n, ...), clipped exactly to its range."""
        x = self.low + values.reshape(-1, *self.shape) * self.span
        if np.isfinite(self.limits[1]):
            x = np.clip(x, np.minimum(self.low, self.low + self.span), np.maximum(self.low, self.low + self.span))
        return x.astype(np.float32)

    def pixels(self, x: np.ndarray) -> np.ndarray:
        """Fed pictures (n, height, width, channel) converted to 0..255 and RGB."""
        shares = (x - self.low) / self.span
        return 255 * (shares[..., ::-1] if self.network.preprocess_of(self.name).bgr else shares)

    # -- the network -------------------------------------------------------------------------------------------

    @property
    def is_one_class(self) -> bool:
        """Whether the scores are the logits of a single-label classifier."""
        answered = self.network.chosen_output
        return answered.kind == "classes" and not answered.labels

    @property
    def size(self) -> int:
        """The number of scores k; two for a binary classifier with one unit."""
        count = int(np.prod([n or 1 for n in self.network.chosen_output.shape]))
        return 2 if count == 1 and self.network.chosen_output.kind == "classes" else count

    @cached_property
    def margin(self) -> float:
        """How far an input must cross the decision boundary, as a share of the range of its scores."""
        layers = [step.layer for step in self.network.graph.steps.values() if isinstance(step.layer, keras.Layer)]
        return max(MARGINS.get(layer.compute_dtype, DEFAULT_MARGIN) for layer in layers)

    def scores(self, values: np.ndarray, others: Feeds) -> np.ndarray:
        """The scores, float32 (n, k), at values (n, d)."""
        return np.asarray(self._call("scores", self._scores, values, others))

    def gaps(self, values: np.ndarray, others: Feeds, goals: Goals) -> np.ndarray:
        """The gaps (n,) to the goals at values (n, d): negative where a goal is reached."""
        return np.asarray(self._call("gaps", self._gaps, values, others, goals.weights, goals.level))

    def evaluate(self, values: np.ndarray, others: Feeds, goals: Goals, sharpness: np.ndarray) -> Evaluation:
        """The gaps, gradients and scores at values (n, d), with a sharpness (n,) of the smooth gap."""
        found = self._call("evaluate", self._evaluate, values, others, goals.weights, goals.level, sharpness)
        return Evaluation(*map(np.asarray, found))

    def _call(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function of the network in batches."""
        count = len(arguments[0])
        most = max(1, BATCH_NUMBERS // int(np.prod(self.shape)))
        parts = [self._call_once(name, function, *_rows(arguments, n, n + most)) for n in range(0, count, most)]
        return parts[0] if len(parts) == 1 else keras.tree.map_structure(lambda *x: np.concatenate(x), *parts)

    def _call_once(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        tensors = keras.tree.map_structure(backend.constant, arguments)
        if name not in self._compiled:
            self._compiled[name] = backend.compiled_for_batches(function, *tensors)
        return self._compiled[name](*tensors)

    def _scores(self, values: Tensor, others: dict[str, Tensor]) -> Tensor:
        x = self.low + ops.reshape(values, (-1, *self.shape)) * self.span
        feeds = {**others, self.name: x}
        if self.network.chosen_output.kind == "classes":
            return self.network.logits(feeds)
        [answer] = self.network.graph.run(feeds, (self.network.output,))
        return ops.cast(ops.reshape(answer, (-1, int(np.prod(answer.shape[1:])))), "float32")

    def _gaps(self, values: Tensor, others: dict[str, Tensor], weights: Tensor, level: Tensor) -> Tensor:
        return self._gap(self._scores(values, others), weights, level)

    def _evaluate(
        self, values: Tensor, others: dict[str, Tensor], weights: Tensor, level: Tensor, sharpness: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        def gaps_and_scores(v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            scores = self._scores(v, others)
            smooth, gap = self._smooth_gap(scores, weights, level, sharpness), self._gap(scores, weights, level)
            return smooth, ops.stop_gradient(gap), ops.stop_gradient(scores)

        (smooth, gap, scores), gradient = backend.value_and_gradient(gaps_and_scores, values)
        if gradient is None:
            raise self.no_gradient()
        return gap, smooth, gradient, scores

    def no_gradient(self) -> UserError:
        """The error for a network whose output is not differentiable in the input."""
        return UserError(
            f"The output of {self.network.name} is not differentiable in its input {self.name}, so no small change"
            f" can be found: choose another network."
        )

    def _gap(self, scores: Tensor, weights: Tensor, level: Tensor) -> Tensor:
        """Single-label classification: the largest other logit minus the largest target logit, or, if larger, the
        missing log odds. Otherwise the level minus the weighted sum of the scores. (n,)"""
        if not self.is_one_class:
            return level - ops.sum(weights * scores, axis=1)
        target = ops.max(ops.where(weights > 0, scores, NEVER), axis=1)
        other = ops.max(ops.where(weights > 0, NEVER, scores), axis=1)
        best = ops.argmax(ops.where(weights > 0, scores, NEVER), axis=1)
        others = ops.where(ops.one_hot(best, scores.shape[1]) > 0, NEVER, scores)
        return ops.maximum(other - target, ops.logsumexp(others, axis=1) - target + level)

    def _smooth_gap(self, scores: Tensor, weights: Tensor, level: Tensor, sharpness: Tensor) -> Tensor:
        """A smooth version of the gap (n,): log odds, of sharpened logits if there is no minimum confidence."""
        if not self.is_one_class:
            return sharpness * self._gap(scores, weights, level)
        has_confidence = level > ANY / 2
        z = scores * ops.where(has_confidence, 1.0, sharpness)[:, None]
        odds = ops.logsumexp(ops.where(weights > 0, NEVER, z), axis=1) - ops.logsumexp(
            ops.where(weights > 0, z, NEVER), axis=1
        )
        return ops.where(has_confidence, sharpness * (odds + level), odds)


def _rows(arguments: Any, start: int, stop: int) -> Any:
    return keras.tree.map_structure(lambda x: x[start:stop], arguments)
