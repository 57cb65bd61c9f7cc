"""A parse tree as boxes, with the predicted class of each node."""

from __future__ import annotations

import numpy as np

from dlviz.sheet import Diagram, Node
from dlviz_models.data.samples import Tree

NEGATIVE, NEUTRAL, POSITIVE = (244, 165, 130), (242, 242, 242), (146, 197, 222)
"""RGB of the first, the middle and the last class."""
MOST_NAMED = 6
"""Words at most with which class names are written in the boxes."""
SIGNS = {2: ("−", "+"), 3: ("−", "0", "+"), 5: ("−−", "−", "0", "+", "++")}
"""How sentiments are written in the boxes, by their number, from the most negative (R. Socher et al., Recursive deep
models for semantic compositionality over a sentiment treebank, EMNLP 2013, figure 1)."""


def signs_of(tree: Tree, names: tuple[str, ...]) -> tuple[str, ...]:
    """What is written in the boxes of a tree: class names, of many words the signs of sentiments."""
    are_sentiments = "negative" in names[0] and "positive" in names[-1]
    return SIGNS.get(len(names), names) if are_sentiments and len(tree.words) > MOST_NAMED else names


def key_to_signs(tree: Tree, names: tuple[str, ...]) -> str:
    """What the first and the last sign stand for; empty if the names are written."""
    signs = signs_of(tree, names)
    return "" if signs == names else f"{signs[0]} is {names[0]}, {signs[-1]} {names[-1]}"


def tree_graph(tree: Tree, answer: np.ndarray, names: tuple[str, ...], title: str) -> Diagram:
    """The tree with the root at the top and the words in order at the bottom.

    Args:
        answer: class probabilities of each node, (nodes, classes); NaN: not known yet.
        names: the class names, from the most negative to the most positive.
    """
    words, names = len(tree.words), signs_of(tree, names)
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
    first, *lines = (word, names[best]) if word else (names[best],)
    return Node(first, (*lines, f"{row[best]:.0%}"), at, column, colour=_colour(best / max(1, len(names) - 1)))


def _colour(place: float) -> str:
    """The colour "#rrggbb" of a class at `place` in 0..1 between the first and the last class."""
    ends = (NEGATIVE, NEUTRAL) if place < 0.5 else (NEUTRAL, POSITIVE)
    share = 2 * place - (place >= 0.5)
    red, green, blue = (round(a + share * (b - a)) for a, b in zip(*ends, strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"
