"""The shipped recursive network worked out with numpy, node by node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.by_hand.attention import softmax
from dlviz.by_hand.shipped_weights import shipped_weights
from dlviz_models.data.samples import Tree

NETWORK = "tree_lstm"
UNKNOWN, SPECIAL = 1, 4
"""The number of an unknown word, and how many numbers stand before those of the vocabulary."""


@dataclass(frozen=True)
class TreeStates:
    """What the network makes of each node of a tree, nodes numbered as in `Tree`.

    Attributes:
        h, c: what each node answers and remembers, (nodes, units).
        gates: of each node, by the names i, f_a, f_b, o and u, (nodes, units); NaN where a word has nothing to forget.
        classes: probabilities, from very negative to very positive, (nodes, 5).
        unknown: the words that the network never saw.
    """

    h: np.ndarray
    c: np.ndarray
    gates: dict[str, np.ndarray]
    classes: np.ndarray
    unknown: tuple[str, ...]


def tree_states(tree: Tree) -> TreeStates:
    """Work out a tree from its words upwards.

    K. S. Tai, R. Socher, C. D. Manning, Improved semantic representations from tree-structured long short-term memory
    networks, 2015, arXiv 1503.00075, section 3.2 with N = 2.
    """
    weights = shipped_weights(NETWORK)
    numbers = {word: number for number, word in enumerate(weights.layers["words_text"]["vocabulary"], SPECIAL)}
    (embedding,) = weights.arrays["embedding"]
    leaf_kernel, leaf_bias, kernel, bias = weights.arrays["cell"]
    units, nodes = len(leaf_bias) // 3, 2 * len(tree.words) - 1
    h, c = np.zeros((2, nodes, units), np.float32)
    gates = {name: np.full((nodes, units), np.nan, np.float32) for name in ("i", "f_a", "f_b", "o", "u")}
    for node in range(nodes):
        below = tree.children[node - len(tree.words)] if node >= len(tree.words) else ()
        if len(below):
            z = dict(zip(gates, np.split(h[below].ravel() @ kernel + bias, 5), strict=True))
        else:
            word = embedding[numbers.get(tree.words[node], UNKNOWN)]
            z = dict(zip("iou", np.split(word @ leaf_kernel + leaf_bias, 3), strict=True))
        for name, values in z.items():
            gates[name][node] = np.tanh(values) if name == "u" else 1 / (1 + np.exp(-values))
        c[node] = gates["i"][node] * gates["u"][node]
        for child, name in zip(below, ("f_a", "f_b"), strict=False):
            c[node] += gates[name][node] * c[child]
        h[node] = gates["o"][node] * np.tanh(c[node])
    unknown = tuple(dict.fromkeys(word for word in tree.words if word not in numbers))
    return TreeStates(h, c, gates, softmax(h @ weights.arrays["logits"][0] + weights.arrays["logits"][1]), unknown)
