"""Recursive networks over binary parse trees: what a phrase means is computed from its two parts."""

from typing import Any

import keras
from keras import layers, ops

from dlviz_models.layers.text import SPECIAL, tokens
from dlviz_models.networks.blocks import classifier

Shape = tuple[int, ...]


class Recursive(layers.Layer):
    """Vectors for all nodes of trees, from those of the leaves upwards.

    Called with words (n, leaves, width) and the numbers of each inner node's children, `left` and `right` (n, inner),
    it answers (n, leaves + inner, units): the leaves, then the inner nodes in the given order, in which children come
    first. Number k below `leaves` is a leaf, leaves + i is inner node i. Step i computes node i of all n trees at once,
    in a loop of the framework. A subclass says in `leaf` and `compose` what a node's state is.

    Args:
        units: size of a node's vector.
    """

    parts = 1
    """Vectors of size `units` that make up a state; the first is the answer."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def leaf(self, words: Any) -> Any:
        """Return the states (n, leaves, parts units) of words (n, leaves, width)."""
        raise NotImplementedError

    def compose(self, left: Any, right: Any) -> Any:
        """Return the states (n, parts units) of nodes whose children have the states `left` and `right`."""
        raise NotImplementedError

    def call(self, words: Any, left: Any, right: Any) -> Any:
        leaves = self.leaf(words)
        n, count, size = ops.shape(leaves)[0], ops.shape(leaves)[1], self.parts * self.units
        inner = ops.shape(left)[1]
        states = ops.concatenate([leaves, ops.zeros((n, inner, size), leaves.dtype)], axis=1)  # (n, nodes, size)
        states = ops.reshape(states, (-1, size))  # one row a node, tree after tree
        first = ops.arange(n) * (count + inner)  # (n,): the row in which each tree begins
        children = ops.concatenate([left, right]) + ops.expand_dims(ops.concatenate([first, first]), 1)  # (2n, inner)

        def with_node(number: Any, states: Any) -> Any:
            below = ops.take(states, ops.take(children, number, axis=1), axis=0)  # (2n, size)
            state = self.compose(*ops.split(below, 2))  # (n, size)
            return ops.scatter_update(states, ops.expand_dims(first + count + number, 1), state)

        states = ops.fori_loop(0, inner, with_node, states)
        return ops.reshape(states, (n, -1, size))[..., : self.units]

    def compute_output_shape(self, words_shape: Shape, left_shape: Shape, right_shape: Shape) -> tuple[int | None, ...]:
        leaves, inner = words_shape[1], left_shape[1]
        nodes = None if leaves is None or inner is None else leaves + inner
        return words_shape[0], nodes, self.units

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="dlviz")
class TreeCell(Recursive):
    """tanh([a; b] W + bias) for a node with the children a and b; a leaf is tanh of its word."""

    def build(self, words_shape: Shape, left_shape: Shape, right_shape: Shape) -> None:
        if words_shape[-1] != self.units:
            raise ValueError(f"words of size {words_shape[-1]} are not vectors of size {self.units}")
        self.kernel = self.add_weight((2 * self.units, self.units), "glorot_uniform", name="kernel")
        self.bias = self.add_weight((self.units,), "zeros", name="bias")

    def leaf(self, words: Any) -> Any:
        return ops.tanh(words)

    def compose(self, left: Any, right: Any) -> Any:
        return ops.tanh(ops.matmul(ops.concatenate([left, right], axis=-1), self.kernel) + self.bias)


@keras.saving.register_keras_serializable(package="dlviz")
class TensorCell(TreeCell):
    """tanh(c V c + c W + bias) with c = [a; b]: each of V's slices lets the children multiply each other."""

    def build(self, words_shape: Shape, left_shape: Shape, right_shape: Shape) -> None:
        super().build(words_shape, left_shape, right_shape)
        both = 2 * self.units
        small = keras.initializers.RandomUniform(-1 / (2 * both), 1 / (2 * both))
        self.tensor = self.add_weight((both, self.units, both), small, name="tensor")  # (c, units, c)

    def compose(self, left: Any, right: Any) -> Any:
        both = ops.concatenate([left, right], axis=-1)  # (n, c)
        slices = ops.reshape(self.tensor, (2 * self.units, -1))  # (c, units c)
        once = ops.reshape(ops.matmul(both, slices), (-1, self.units, 2 * self.units))  # (n, units, c)
        twice = ops.squeeze(ops.matmul(once, ops.expand_dims(both, -1)), -1)  # (n, units)
        return ops.tanh(twice + ops.matmul(both, self.kernel) + self.bias)


@keras.saving.register_keras_serializable(package="dlviz")
class TreeLSTMCell(Recursive):
    """A memory cell at each node, with a forget gate for each child; the state is [h; c].

    With c' = [h_a; h_b] the gates are sigmoids, u is a tanh, of c' W + bias: i, f_a, f_b, o, u in this order; then
    c = i u + f_a c_a + f_b c_b and h = o tanh(c). A leaf has i, o and u of its word, and nothing to forget.
    """

    parts = 2

    def build(self, words_shape: Shape, left_shape: Shape, right_shape: Shape) -> None:
        units = self.units
        self.leaf_kernel = self.add_weight((words_shape[-1], 3 * units), "glorot_uniform", name="leaf_kernel")
        self.leaf_bias = self.add_weight((3 * units,), "zeros", name="leaf_bias")
        self.kernel = self.add_weight((2 * units, 5 * units), "glorot_uniform", name="kernel")
        self.bias = self.add_weight((5 * units,), "zeros", name="bias")

    def leaf(self, words: Any) -> Any:
        i, o, u = ops.split(ops.matmul(words, self.leaf_kernel) + self.leaf_bias, 3, axis=-1)
        c = ops.sigmoid(i) * ops.tanh(u)
        return ops.concatenate([ops.sigmoid(o) * ops.tanh(c), c], axis=-1)

    def compose(self, left: Any, right: Any) -> Any:
        (h_a, c_a), (h_b, c_b) = ops.split(left, 2, axis=-1), ops.split(right, 2, axis=-1)
        gates = ops.matmul(ops.concatenate([h_a, h_b], axis=-1), self.kernel) + self.bias
        i, f_a, f_b, o, u = ops.split(gates, 5, axis=-1)
        c = ops.sigmoid(i) * ops.tanh(u) + ops.sigmoid(f_a) * c_a + ops.sigmoid(f_b) * c_b
        return ops.concatenate([ops.sigmoid(o) * ops.tanh(c), c], axis=-1)


def tree_network(
    cell: Recursive, vocabulary: str, embedding: int, classes: int, dropout: float, name: str
) -> keras.Model:
    """Return the network around a cell: `embedding`, the cell under its name, `logits` for each node.

    It takes the words of trees as numbers of tokens, `words` (n, leaves), and the children of the inner nodes, `left`
    and `right` (n, inner), as `Recursive` has them, and gives probabilities (n, leaves + inner, classes).
    """
    words, x, _ = tokens("words", vocabulary, "words")
    left, right = (layers.Input((None,), dtype="int32", name=side) for side in ("left", "right"))
    start = keras.initializers.RandomUniform(-0.1, 0.1)
    x = layers.Embedding(len(vocabulary) + len(SPECIAL), embedding, start, name="embedding")(x)  # (n, leaves, width)
    x = layers.Dropout(dropout, name="embedding_dropout")(x)
    x = cell(x, left, right)  # (n, leaves + inner, units)
    x = layers.Dropout(dropout, name="dropout")(x)
    return classifier([words, left, right], x, classes, name)
