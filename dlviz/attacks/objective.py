"""A network's output as a function of one of its inputs, in units that suit an attack."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import keras
import numpy as np
from keras import ops

from dlviz import backend
from dlviz.attacks.goals import ANY, Goals
from dlviz.attacks.problem import Judged
from dlviz.feeding.feed import Feeds
from dlviz.jobs import Input
from dlviz.network import Network
from dlviz_models.errors import UserError

Tensor = Any
NEVER = -1e9
"""The logit of a class that is left out."""
CLEAR = {"float16": 4e-3, "bfloat16": 3e-2}
"""By which share of its scores' range an input has to cross the border, by the number type of a network's layers."""
CLEAR_OTHERWISE = 1e-4
TOGETHER = 2**20
"""The maximum of numbers in the inputs that are fed at once."""
OUTSIDE = 1e-3
"""Numbers further outside the range of pixels than this share of it are not pixels; their own range is kept to."""


class Objective:
    """The scores of a network, logits or numbers, and how far they are from a goal.

    Attributes:
        name: the input that is changed.
        shape: of what it is fed, without the batch axis.
        low, span: an input x is `low + span * values`.
        mean: of numbers, in the same axes as their span; otherwise 0.
        limits: the least and largest of the values.

    Args:
        like: inputs of that kind, (n, ...), from whose spread numbers get their units.
    """

    def __init__(self, network: Network, spec: Input, like: np.ndarray) -> None:
        self.network = network
        self.name = spec.name
        self.shape = like.shape[1:]
        self.low: Any = np.float32(0)
        self.span: Any = np.float32(1)
        self.mean: Any = np.float32(0)
        self.limits = (-np.inf, np.inf)
        if spec.kind == "picture":
            preprocess = network.preprocess_of(spec.name)
            self.low, self.span = preprocess.limits(self.shape[-1])[0], preprocess.span(self.shape[-1])
            self.limits = (0.0, 1.0)
            shares = (like - self.low) / self.span
            if like.size and not (shares.min() >= -OUTSIDE and shares.max() <= 1 + OUTSIDE):  # not pixels
                self.low, self.span = np.float32(like.min()), np.float32(np.ptp(like) or 1)
        elif spec.kind == "sound":
            self.low, self.span, self.limits = np.float32(-1), np.float32(2), (0.0, 1.0)
        elif len(like) > 1:
            spread = like.std(axis=tuple(range(like.ndim - 1)), dtype=np.float64)
            self.span = np.where(spread > 0, spread, 1).astype(np.float32)
            self.mean = like.mean(axis=tuple(range(like.ndim - 1)), dtype=np.float64)
        self._compiled: dict[str, Callable[..., Any]] = {}

    # -- units -------------------------------------------------------------------------------------------------

    def values(self, x: np.ndarray) -> np.ndarray:
        """Inputs (n, ...) in the units of an attack, float32 (n, d)."""
        scaled = np.clip((x - self.low) / self.span, *self.limits).astype(np.float32)
        return scaled.reshape(len(x), -1)

    def input(self, values: np.ndarray) -> np.ndarray:
        """Values (n, d) as the network's input (n, ...), inside its range to the last bit."""
        x = self.low + values.reshape(-1, *self.shape) * self.span
        if np.isfinite(self.limits[1]):
            x = np.clip(x, np.minimum(self.low, self.low + self.span), np.maximum(self.low, self.low + self.span))
        return x.astype(np.float32)

    def pixels(self, x: np.ndarray) -> np.ndarray:
        """Pictures as they are fed, (n, height, width, channel), in 0..255 and RGB."""
        shares = (x - self.low) / self.span
        return 255 * (shares[..., ::-1] if self.network.preprocess_of(self.name).bgr else shares)

    # -- the network -------------------------------------------------------------------------------------------

    @property
    def is_one_class(self) -> bool:
        """Whether its scores are the logits of classes of which one is right."""
        answered = self.network.answered
        return answered.kind == "classes" and not answered.labels

    @property
    def size(self) -> int:
        """How many scores there are: one unit for two classes has two."""
        count = int(np.prod([n or 1 for n in self.network.answered.shape]))
        return 2 if count == 1 and self.network.answered.kind == "classes" else count

    @cached_property
    def clear(self) -> float:
        """By which share of its scores' range an input has to cross the border."""
        layers = [step.layer for step in self.network.graph.steps.values() if isinstance(step.layer, keras.Layer)]
        return max(CLEAR.get(layer.compute_dtype, CLEAR_OTHERWISE) for layer in layers)

    def scores(self, values: np.ndarray, others: Feeds) -> np.ndarray:
        """Logits, or numbers, float32 (n, k), for values (n, d)."""
        return np.asarray(self._call("scores", self._scores, values, others))

    def gaps(self, values: np.ndarray, others: Feeds, goals: Goals) -> np.ndarray:
        """How far values (n, d) are from their goals, (n,): negative where they are reached."""
        return np.asarray(self._call("gaps", self._gaps, values, others, goals.weights, goals.level))

    def judge(self, values: np.ndarray, others: Feeds, goals: Goals, sharpness: np.ndarray) -> Judged:
        """Gaps of values (n, d), and gradients."""
        found = self._call("judge", self._judge, values, others, goals.weights, goals.level, sharpness)
        return Judged(*map(np.asarray, found))

    def _call(self, name: str, function: Callable[..., Any], *given: Any) -> Any:
        """What a function of the network gives for any number of inputs, not too many of them at once."""
        count = len(given[0])
        most = max(1, TOGETHER // int(np.prod(self.shape)))
        parts = [self._call_once(name, function, *_rows(given, n, n + most)) for n in range(0, count, most)]
        return parts[0] if len(parts) == 1 else keras.tree.map_structure(lambda *x: np.concatenate(x), *parts)

    def _call_once(self, name: str, function: Callable[..., Any], *given: Any) -> Any:
        tensors = keras.tree.map_structure(backend.constant, given)
        if name not in self._compiled:
            self._compiled[name] = backend.compiled_for_batches(function, *tensors)
        return self._compiled[name](*tensors)

    def _scores(self, values: Tensor, others: dict[str, Tensor]) -> Tensor:
        x = self.low + ops.reshape(values, (-1, *self.shape)) * self.span
        feeds = {**others, self.name: x}
        if self.network.answered.kind == "classes":
            return self.network.logits(feeds)
        [answer] = self.network.graph.run(feeds, (self.network.output,))
        return ops.cast(ops.reshape(answer, (-1, int(np.prod(answer.shape[1:])))), "float32")

    def _gaps(self, values: Tensor, others: dict[str, Tensor], weights: Tensor, level: Tensor) -> Tensor:
        return self._gap(self._scores(values, others), weights, level)

    def _judge(
        self, values: Tensor, others: dict[str, Tensor], weights: Tensor, level: Tensor, sharpness: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        def steep_and_others(v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            scores = self._scores(v, others)
            gap = self._gap(scores, weights, level)
            return self._steep(scores, weights, level, sharpness), ops.stop_gradient(gap), ops.stop_gradient(scores)

        (steep, gap, scores), gradient = backend.value_and_gradient(steep_and_others, values)
        if gradient is None:
            raise self.no_gradient()
        return gap, steep, gradient, scores

    def no_gradient(self) -> UserError:
        """Why no change can be sought where no gradient comes back to the input."""
        return UserError(
            f"The output of {self.network.name} is not differentiable in its input {self.name}, so no small change"
            f" can be found: choose another network."
        )

    def _gap(self, scores: Tensor, weights: Tensor, level: Tensor) -> Tensor:
        """The largest unwanted logit minus the largest wanted one, or what its odds lack; what a sum lacks."""
        if not self.is_one_class:
            return level - ops.sum(weights * scores, axis=1)
        wanted = ops.max(ops.where(weights > 0, scores, NEVER), axis=1)
        unwanted = ops.max(ops.where(weights > 0, NEVER, scores), axis=1)
        best = ops.argmax(ops.where(weights > 0, scores, NEVER), axis=1)
        others = ops.where(ops.one_hot(best, scores.shape[1]) > 0, NEVER, scores)
        return ops.maximum(unwanted - wanted, ops.logsumexp(others, axis=1) - wanted + level)

    def _steep(self, scores: Tensor, weights: Tensor, level: Tensor, sharpness: Tensor) -> Tensor:
        """The gap as a smooth function: among classes as log odds, of sharpened logits where no confidence is asked."""
        if not self.is_one_class:
            return sharpness * self._gap(scores, weights, level)
        is_sure = level > ANY / 2
        sharp = ops.where(is_sure, 1.0, sharpness)
        z = scores * sharp[:, None]
        odds = ops.logsumexp(ops.where(weights > 0, NEVER, z), axis=1) - ops.logsumexp(
            ops.where(weights > 0, z, NEVER), axis=1
        )
        return ops.where(is_sure, sharpness * (odds + level), odds)


def _rows(given: Any, start: int, stop: int) -> Any:
    return keras.tree.map_structure(lambda x: x[start:stop], given)
