"""Attention: the weights as separate layers, so that they can be shown."""

import math
from typing import Any, Literal

import keras
from keras import layers, ops

Shape = tuple[int, ...]
FORBIDDEN = -1e9
"""Score of a key that must not be looked at: its weight is 0 in single precision."""


def shares(scores: Any, allowed: Any) -> Any:
    """Return the softmax of scores over the last axis, 0 where it is not allowed; a single key is not warned of."""
    scores = ops.where(allowed, scores, FORBIDDEN)
    return ops.exp(scores - ops.logsumexp(scores, axis=-1, keepdims=True))


@keras.saving.register_keras_serializable(package="dlviz")
class AlignmentWeights(layers.Layer):
    """Attention of one head between a decoder and an encoder.

    - luong: q W k. M.-T. Luong et al., Effective approaches to attention-based neural machine translation, 2015,
      arXiv 1508.04025, "general".
    - bahdanau: v tanh(q W + k U). D. Bahdanau et al., Neural machine translation by jointly learning to align and
      translate, 2014, arXiv 1409.0473.

    Called with queries (n, q, d), keys (n, k, e), and which keys are present (n, k), it answers (n, 1, q, k); rows sum
    to 1.

    Args:
        units: width of the hidden layer of "bahdanau".
    """

    def __init__(self, score: Literal["luong", "bahdanau"] = "luong", units: int = 64, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.score = score
        self.units = units

    def build(self, queries_shape: Shape, keys_shape: Shape, present_shape: Shape) -> None:
        if self.score == "luong":
            self.kernel = self.add_weight((queries_shape[-1], keys_shape[-1]), "glorot_uniform", name="kernel")
            return
        self.query_kernel = self.add_weight((queries_shape[-1], self.units), "glorot_uniform", name="query_kernel")
        self.key_kernel = self.add_weight((keys_shape[-1], self.units), "glorot_uniform", name="key_kernel")
        self.vector = self.add_weight((self.units, 1), "glorot_uniform", name="vector")

    def call(self, queries: Any, keys: Any, present: Any) -> Any:
        if self.score == "luong":
            scores = ops.matmul(ops.matmul(queries, self.kernel), ops.swapaxes(keys, 1, 2))  # (n, q, k)
        else:
            q = ops.expand_dims(ops.matmul(queries, self.query_kernel), 2)  # (n, q, 1, units)
            k = ops.expand_dims(ops.matmul(keys, self.key_kernel), 1)  # (n, 1, k, units)
            scores = ops.squeeze(ops.matmul(ops.tanh(q + k), self.vector), -1)  # (n, q, k)
        return ops.expand_dims(shares(scores, ops.expand_dims(present, 1)), 1)  # (n, 1, q, k)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "score": self.score, "units": self.units}


@keras.saving.register_keras_serializable(package="dlviz")
class HeadWeights(layers.Layer):
    """Scaled dot products of several heads: softmax(Q K / sqrt(d)).

    A. Vaswani et al., Attention is all you need, 2017, arXiv 1706.03762, section 3.2. Called with queries (n, q,
    width), keys (n, k, width), and which keys are present (n, k), it answers (n, heads, q, k); rows sum to 1.

    Args:
        heads: how many; the width is divided among them.
        causal: no query looks at a later key.
    """

    def __init__(self, heads: int, causal: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heads = heads
        self.causal = causal

    def build(self, queries_shape: Shape, keys_shape: Shape, present_shape: Shape) -> None:
        width = queries_shape[-1]
        if width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {width}")
        shape = (width, self.heads, width // self.heads)  # (w, h, d)
        self.query_kernel = self.add_weight(shape, "glorot_uniform", name="query_kernel")
        self.key_kernel = self.add_weight(shape, "glorot_uniform", name="key_kernel")

    def call(self, queries: Any, keys: Any, present: Any) -> Any:
        q = ops.einsum("nqw,whd->nhqd", queries, self.query_kernel)
        k = ops.einsum("nkw,whd->nhkd", keys, self.key_kernel)
        scores = ops.matmul(q, ops.swapaxes(k, 2, 3)) / math.sqrt(q.shape[-1])  # (n, h, q, k)
        allowed = ops.expand_dims(present, (1, 2))  # (n, 1, 1, k)
        if self.causal:
            place = ops.arange(ops.shape(scores)[-1])
            allowed = ops.logical_and(allowed, ops.expand_dims(place, 1) >= place)  # (n, 1, q, k)
        return shares(scores, allowed)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads, "causal": self.causal}


@keras.saving.register_keras_serializable(package="dlviz")
class HeadMixture(layers.Layer):
    """What the heads read: values mixed by the weights (n, heads, q, k), and brought together, (n, q, width)."""

    def build(self, weights_shape: Shape, values_shape: Shape) -> None:
        heads, width = weights_shape[1], values_shape[-1]
        self.value_kernel = self.add_weight((width, heads, width // heads), "glorot_uniform", name="value_kernel")
        self.output_kernel = self.add_weight((heads, width // heads, width), "glorot_uniform", name="output_kernel")

    def call(self, weights: Any, values: Any) -> Any:
        v = ops.einsum("nkw,whd->nhkd", values, self.value_kernel)
        return ops.einsum("nhqd,hdw->nqw", ops.matmul(weights, v), self.output_kernel)
