"""The Transformer: encoder and decoder made of attention only."""

import math
from typing import Any, Literal

import keras
from keras import layers, ops

from dlviz_models.layers.attention import HeadMixture, HeadWeights
from dlviz_models.layers.text import SPECIAL, tokens
from dlviz_models.networks.blocks import classifier


@keras.saving.register_keras_serializable(package="dlviz")
class SinePositions(layers.Layer):
    """x sqrt(width) plus sines and cosines of the position: sin(t / 10000^(2i / width)) at 2i, its cosine at 2i + 1."""

    def call(self, x: Any) -> Any:
        width = x.shape[-1]
        pair = ops.cast(ops.arange(width) // 2, x.dtype)  # i
        time = ops.cast(ops.arange(ops.shape(x)[1]), x.dtype)
        angle = ops.expand_dims(time, 1) * ops.exp(pair * (-2 * math.log(10_000) / width))  # (time, width)
        even = ops.arange(width) % 2 == 0
        return x * math.sqrt(width) + ops.where(even, ops.sin(angle), ops.cos(angle))


def Transformer(
    vocabulary: str = "0123456789+",
    target_vocabulary: str = "0123456789",
    unit: Literal["characters", "words"] = "characters",
    blocks: int = 2,
    width: int = 64,
    heads: int = 4,
    hidden: int = 256,
    norm: Literal["before", "after"] = "before",
    dropout: float = 0.1,
    name: str = "transformer",
) -> keras.Model:
    """Build a Transformer; the paper's is `blocks=6, width=512, heads=8, hidden=2048, norm="after"`.

    A. Vaswani et al., Attention is all you need, 2017, arXiv 1706.03762. The weights of attention are the layers
    `encoder1_attention`, `decoder1_self_attention` (no token looks at a later one) and `decoder1_attention` (at the
    source), ..., each (n, heads, queries, keys). Layers are normalised before each part of a block, which trains
    without warm-up (R. Xiong et al., 2020, arXiv 2002.04745), or after it.

    It takes and gives what `Seq2Seq` does.
    """
    source, x, mask = tokens("source", vocabulary, unit)
    target, y, target_mask = tokens("target", target_vocabulary, unit)
    block = Block(width, heads, hidden, norm, dropout)
    x = _embedded(x, "source", vocabulary, width, dropout)
    for number in range(1, blocks + 1):
        x = block.attend(x, None, mask, f"encoder{number}_attention")
        x = block.feed_forward(x, f"encoder{number}_dense")
    y = _embedded(y, "target", target_vocabulary, width, dropout)
    if norm == "before":
        x = layers.LayerNormalization(name="encoder_norm")(x)
    for number in range(1, blocks + 1):
        y = block.attend(y, None, target_mask, f"decoder{number}_self_attention", causal=True)
        y = block.attend(y, x, mask, f"decoder{number}_attention")
        y = block.feed_forward(y, f"decoder{number}_dense")
    if norm == "before":
        y = layers.LayerNormalization(name="decoder_norm")(y)
    return classifier([source, target], y, len(target_vocabulary) + len(SPECIAL), name)


def _embedded(x: Any, side: str, vocabulary: str, width: int, dropout: float) -> Any:
    """Return tokens (n, time) as features (n, time, width) that know their position."""
    start = keras.initializers.RandomNormal(stddev=width**-0.5)
    x = layers.Embedding(len(vocabulary) + len(SPECIAL), width, start, name=f"{side}_embedding")(x)
    x = SinePositions(name=f"{side}_positions")(x)
    return layers.Dropout(dropout, name=f"{side}_dropout")(x)


class Block:
    """The two parts of all blocks; each is added to what goes in. Sizes as in `Transformer`."""

    def __init__(self, width: int, heads: int, hidden: int, norm: str, dropout: float) -> None:
        self.width, self.heads, self.hidden, self.norm, self.dropout = width, heads, hidden, norm, dropout

    def attend(self, x: Any, memory: Any, mask: Any, name: str, causal: bool = False) -> Any:
        """Let each position of x (n, q, width) look at the memory (n, k, width), or at x where that is None."""
        normal = self._before(x, name)
        keys = normal if memory is None else memory
        weights = HeadWeights(self.heads, causal, name=name)(normal, keys, mask)  # (n, heads, q, k)
        return self._added(x, HeadMixture(name=f"{name}_mixture")(weights, keys), name)

    def feed_forward(self, x: Any, name: str) -> Any:
        """Send each position of x (n, time, width) through the same two dense layers."""
        y = layers.Dense(self.hidden, "relu", name=f"{name}1")(self._before(x, name))  # (n, time, hidden)
        return self._added(x, layers.Dense(self.width, name=f"{name}2")(y), name)

    def _before(self, x: Any, name: str) -> Any:
        return layers.LayerNormalization(name=f"{name}_norm")(x) if self.norm == "before" else x

    def _added(self, x: Any, y: Any, name: str) -> Any:
        x = layers.Add(name=f"{name}_add")([x, layers.Dropout(self.dropout, name=f"{name}_dropout")(y)])
        return layers.LayerNormalization(name=f"{name}_norm")(x) if self.norm == "after" else x
