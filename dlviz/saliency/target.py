"""The target of an explanation: one number of a network's answer to one sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops
from scipy.special import softmax

from dlviz.backend import outputs_and_gradients
from dlviz.feeding.feed import Feeds
from dlviz.saliency.score import Computation, Score, Tensor

BATCH = 64
BATCH_NUMBERS = 1 << 20
"""The maximum number of values in a batch of inputs."""


@dataclass(frozen=True)
class Target:
    """The logit of a class, a predicted number, or the mean logit of a class over its mask.

    Attributes:
        values: the input to explain, float32 (*places, channel); (n, 1) for a row of numbers or a sound.
        others: the feeds of the other inputs.
        weights: the weights of the answers in the score, (1, ...): 1 for the target.
        value: the score of the sample.
    """

    score: Score
    values: np.ndarray
    others: Feeds
    weights: np.ndarray
    value: float

    @property
    def is_embedded(self) -> bool:
        """Whether the input to explain consists of token embeddings."""
        return self.score.variable not in self.score.network.inputs

    @property
    def is_row(self) -> bool:
        """Whether the places are words or named numbers rather than positions in a picture or signal."""
        spec = self.score.network.inputs.get(self.score.variable)
        return spec is None or (spec.kind == "numbers" and len(spec.shape) == 1)

    @property
    def place(self) -> str:
        """What a place of the input to explain is called."""
        if self.is_embedded:
            return "token"
        spec = self.score.network.inputs[self.score.variable]
        if spec.kind == "numbers":
            return {1: "number", 2: "step"}.get(len(spec.shape), "place")
        return {"picture": "pixel", "sound": "sample"}[spec.kind]

    @property
    def baseline(self) -> tuple[np.ndarray, str]:
        """The baseline, which broadcasts to `values`, (channel,) or (), and its name: black, silence or zeros."""
        network, name = self.score.network, self.score.variable
        kind = "" if self.is_embedded else network.inputs[name].kind
        if kind == "picture":
            black, _ = network.preprocess_of(name).limits(self.values.shape[-1])
            return black.astype(np.float32), "black"
        return np.zeros((), np.float32), "silence" if kind == "sound" else "zeros"

    @property
    def batch(self) -> int:
        """The number of inputs in a batch."""
        return max(1, min(BATCH, BATCH_NUMBERS // self.values.size))

    def scores(self, values: np.ndarray) -> np.ndarray:
        """The scores (n,) of inputs (n, *places, channel)."""
        return self.compute_at("score", self.score.score, values)[0]

    def gradients(self, values: np.ndarray) -> np.ndarray:
        """The gradients of the score at inputs (n, *places, channel), of the same shape."""
        return self.scores_and_gradients(values)[1]

    def scores_and_gradients(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The scores (n,) and their gradients at inputs (n, *places, channel), of the same shape."""
        scores, gradients = self.compute_at("gradient", self.score.gradient, values)
        return scores, gradients.reshape(values.shape)

    def at_layer(self, layer: str) -> tuple[np.ndarray, np.ndarray]:
        """The activations of a layer for the sample, (*axes, units), and the gradient of the score there."""
        return self.at_layers((layer,))[0]

    def at_layers(self, layers: Sequence[str]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Activations and gradients of several layers in one pass, (*axes, units) each; the last layer comes last in
        the network."""
        network = self.score.network

        def maps_and_gradients(feeds: dict[str, Tensor], weights: Tensor) -> tuple[list[Tensor], list[Tensor]]:
            def score_and_outputs() -> tuple[Tensor, list[Tensor]]:
                outputs = network.graph.run(feeds, layers)
                return self.score.score({**feeds, layers[-1]: outputs[-1]}, weights), outputs

            outputs, gradients = outputs_and_gradients(score_and_outputs)()
            return outputs, [ops.zeros_like(o) if g is None else g for o, g in zip(outputs, gradients, strict=True)]

        found = self.compute_at(("layers", *layers), maps_and_gradients, self.values[None])
        maps = [
            network.layouts[name].maps(x[0].astype(np.float32))
            for name, x in zip((*layers, *layers), found, strict=True)
        ]
        return list(zip(maps[: len(layers)], maps[len(layers) :], strict=True))

    def compute(self, key: object, function: Computation) -> list[np.ndarray]:
        """Evaluate a function of the feeds and weights for the sample, compiled once for each key: (1, ...) each."""
        return self.compute_at(key, function, self.values[None])

    def compute_at(self, key: object, function: Computation, values: np.ndarray, *more: np.ndarray) -> list[np.ndarray]:
        """Evaluate a function at inputs (n, *places, channel), with further arguments `more`, (n, ...) each."""
        shape = self.score.network.graph.symbol(self.score.variable).shape
        shaped = values[..., 0] if len(shape) < values.ndim else values
        return self.score.compute(key, function, shaped, self.others, self.weights, *more)


def target_of(score: Score, feeds: Feeds, number: int, against_others: bool = False) -> Target:
    """The target for class, or number, `number` of the answer to the feeds of one sample.

    Of several samples the first is explained, as part of the mean of their answers.

    Args:
        against_others: subtract the logits of the other classes, weighted by their probabilities among themselves, so
            that evidence for many classes cancels: Y. Wang, X. Wang, "Why not other classes?": towards
            class-contrastive back-propagation explanations, NeurIPS 2022.
    """
    x = score.values_of(feeds)
    others = {name: value for name, value in feeds.items() if name != score.variable}
    [answers] = score.compute("answers", lambda fed, _: score.answers(fed), x, others, np.zeros(1))
    first, answers = answers[0], answers.mean(axis=0, keepdims=True)
    weights = np.zeros_like(answers)
    chosen = answers.argmax(axis=-1) == number if answers.ndim > 2 else np.ones(1, bool)
    weights[..., number] = chosen / max(int(chosen.sum()), 1)
    if against_others:
        weights -= weights.sum(axis=-1, keepdims=True) * share_among_others(answers, number)
    values = x[0] if x.ndim > 2 else x[0][:, None]
    return Target(score, values, others, weights, float((first * weights[0]).sum()))


def share_among_others(logits: np.ndarray, number: int) -> np.ndarray:
    """The probabilities (..., classes) of the classes with class `number` excluded."""
    others = logits.astype(np.float64)
    others[..., number] = -np.inf
    found: np.ndarray = softmax(others, axis=-1).astype(np.float32)
    return found
