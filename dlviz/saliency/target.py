"""What is explained: one number of a network's answer to one sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops
from scipy.special import softmax

from dlviz.backend import places_and_gradients
from dlviz.feeding.feed import Feeds
from dlviz.saliency.score import Compiled, Score, Tensor

BATCH = 64
BATCH_NUMBERS = 1 << 20
"""The maximum of numbers in a batch of altered inputs."""


@dataclass(frozen=True)
class Target:
    """A class's logit, a number, or a class's mean logit over its mask.

    Attributes:
        values: what is explained, float32 (*places, channel); of a row of numbers or a sound (n, 1).
        others: what the network is fed besides.
        weights: what each number of the answer counts, (1, ...): 1 for the one that is explained.
        value: the number for the sample.
    """

    score: Score
    values: np.ndarray
    others: Feeds
    weights: np.ndarray
    value: float

    @property
    def is_embedded(self) -> bool:
        """Whether the embeddings of tokens are explained."""
        return self.score.at not in self.score.network.inputs

    @property
    def is_row(self) -> bool:
        """Whether its places are words or named numbers, each of which counts by itself."""
        spec = self.score.network.inputs.get(self.score.at)
        return spec is None or (spec.kind == "numbers" and len(spec.shape) == 1)

    @property
    def baseline(self) -> tuple[np.ndarray, str]:
        """The value of nothing, (channel,) or one number, which broadcasts to `values`, and its name: black, silence or
        zeros."""
        network, name = self.score.network, self.score.at
        kind = "" if self.is_embedded else network.inputs[name].kind
        if kind == "picture":
            black, _ = network.preprocess_of(name).limits(self.values.shape[-1])
            return black.astype(np.float32), "black"
        return np.zeros((), np.float32), "silence" if kind == "sound" else "zeros"

    @property
    def batch(self) -> int:
        """How many altered inputs go through the network at once."""
        return max(1, min(BATCH, BATCH_NUMBERS // self.values.size))

    def scores(self, values: np.ndarray) -> np.ndarray:
        """The number (n,) for values (n, *places, channel)."""
        return self._compute("score", self.score.score, values)[0]

    def gradients(self, values: np.ndarray) -> np.ndarray:
        """Its gradients for values (n, *places, channel), of their shape."""
        return self.scores_and_gradients(values)[1]

    def scores_and_gradients(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The number (n,) and its gradients for values (n, *places, channel), of their shape."""
        scores, gradients = self._compute("gradient", self.score.gradient, values)
        return scores, gradients.reshape(values.shape)

    def at_layer(self, layer: str) -> tuple[np.ndarray, np.ndarray]:
        """What a layer gives for the sample, (*axes, units) channels last, and the number's gradient there."""
        return self.at_layers((layer,))[0]

    def at_layers(self, layers: Sequence[str]) -> list[tuple[np.ndarray, np.ndarray]]:
        """The same for several layers, the last one behind the others, (*axes, units) each, in one pass."""
        network = self.score.network

        def maps_and_gradients(feeds: dict[str, Tensor], weights: Tensor) -> tuple[list[Tensor], list[Tensor]]:
            def scored() -> tuple[Tensor, list[Tensor]]:
                outputs = network.graph.run(feeds, layers)
                return self.score.score({**feeds, layers[-1]: outputs[-1]}, weights), outputs

            outputs, gradients = places_and_gradients(scored)()
            return outputs, [ops.zeros_like(o) if g is None else g for o, g in zip(outputs, gradients, strict=True)]

        found = self._compute(("layers", *layers), maps_and_gradients, self.values[None])
        maps = [
            network.layouts[name].maps(x[0].astype(np.float32))
            for name, x in zip((*layers, *layers), found, strict=True)
        ]
        return list(zip(maps[: len(layers)], maps[len(layers) :], strict=True))

    def of_sample(self, key: object, function: Compiled) -> list[np.ndarray]:
        """What a function of what is fed and of the weights gives for the sample, (1, ...) each, compiled once for each
        key."""
        return self._compute(key, function, self.values[None])

    def of_values(self, key: object, function: Compiled, values: np.ndarray, *more: np.ndarray) -> list[np.ndarray]:
        """The same for values (n, *places, channel), and for what else the function takes, (n, ...) each."""
        return self._compute(key, function, values, *more)

    def _compute(self, key: object, function: Compiled, values: np.ndarray, *more: np.ndarray) -> list[np.ndarray]:
        shape = self.score.network.graph.symbol(self.score.at).shape
        shaped = values[..., 0] if len(shape) < values.ndim else values
        return self.score.compute(key, function, shaped, self.others, self.weights, *more)


def target_of(score: Score, feeds: Feeds, number: int, against_others: bool = False) -> Target:
    """The number of a class, or of a number that is answered, for what is fed, one sample.

    Of several samples the first is explained, as a part of the mean of their answers.

    With `against_others` the logits of the other classes are subtracted, each weighed by its probability among them, so
    that what speaks for many classes alike drops out: Y. Wang, X. Wang, "Why not other classes?": towards
    class-contrastive back-propagation explanations, NeurIPS 2022.
    """
    x = score.given(feeds)
    others = {name: value for name, value in feeds.items() if name != score.at}
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
    """The probability (..., classes) of each class where class `number` is ruled out."""
    others = logits.astype(np.float64)
    others[..., number] = -np.inf
    found: np.ndarray = softmax(others, axis=-1).astype(np.float32)
    return found
