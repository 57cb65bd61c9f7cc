"""A parse tree as boxes, with the predicted class of each node."""

from __future__ import annotations

import numpy as np

from dlviz.sheet import Diagram, Node
from dlviz_models.data.samples import Tree

NEGATIVE, NEUTRAL, POSITIVE = (244, 165, 130), (242, 242, 242), (146, 197, 222)
"""RGB of the first, the middle and the last class."""


def tree_graph(tree: Tree, answer: np.ndarray, names: tuple[str, ...], title: str) -> Diagram:
    """The tree with the root at the top and the words in order at the bottom.

    Args:
        answer: class probabilities of each node, (nodes, classes); NaN: not known yet.
        names: the class names, from the most negative to the most positive.
    """
    words = len(tree.words)
    height, column = [0] * words, [float(place) for place in range(words)]
    for left, right in tree.children:
        height.append(1 + max(height[left], height[right]))
        column.append((column[left] + column[right]) / 2)
    nodes = []
    for number, row in enumerate(answer):
        word = tree.words[number] if number < words else ""
        nodes.append(_node(word, row, names, max(height) - height[number], column[number]))
    edges = [(words + inner, int(child)) for inner, pair in enumerate(tree.children) for child in pair]
    return Diagram(tuple(nodes), tuple(edges), title)


def _node(word: str, row: np.ndarray, names: tuple[str, ...], at: int, column: float) -> Node:
    """The box of a word; empty: of a phrase."""
    if np.isnan(row).any():
        return Node(word or "?", ("",), at, column, colour=_colour(0.5))
    best = int(row.argmax())
    share = f"{row[best]:.0%}"
    lines = (f"{names[best]}, {share}",) if word else (share,)
    return Node(word or names[best], lines, at, column, colour=_colour(best / max(1, len(names) - 1)))


def _colour(place: float) -> str:
    """The colour "#rrggbb" of a class at `place` in 0..1 between the first and the last class."""
    ends = (NEGATIVE, NEUTRAL) if place < 0.5 else (NEUTRAL, POSITIVE)
    share = 2 * place - (place >= 0.5)
    red, green, blue = (round(a + share * (b - a)) for a, b in zip(*ends, strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"
