"""A class for each node of a parse tree: the tree, every phrase with what the network makes of it."""

from __future__ import annotations

import numpy as np

from dlviz.panels.answers.answered import Answered, Shown
from dlviz.panels.samples import phrases
from dlviz.sheet import Graph, Matrix, Node, Panel
from dlviz_models.data.samples import Tree

NEGATIVE, NEUTRAL, POSITIVE = (244, 165, 130), (242, 242, 242), (146, 197, 222)
"""RGB of the first, the middle and the last class."""


def show(a: Answered) -> Shown:
    """The tree, and below it the probabilities of every phrase."""
    panels: list[Panel] = []
    roots = []
    for number, sample in enumerate(a.samples):
        assert isinstance(sample, Tree)
        answer = answers_of(a.raw[number], sample, a.raw.shape[1])
        names = a.class_names(answer.shape[1])
        title = sample.short if a.with_given else ""
        panels += [
            _graph(sample, answer, names, title),
            Matrix(answer, phrases(sample), names, "phrase", "class", "How sure it is at each phrase"),
        ]
        roots.append(answer[-1])
    best = int(roots[0].argmax())
    summary = f"finds {a.first} {a.network.class_name(best)}, {roots[0][best]:.0%} sure"
    target = a.target(0)
    if isinstance(target, np.ndarray) and target.size:
        summary += ": right" if target[-1] == best else f"; it is {a.network.class_name(int(target[-1]))}"
    return Shown(panels, summary, {"classes": a.raw.argmax(axis=-1)})


def answers_of(answer: np.ndarray, tree: Tree, length: int) -> np.ndarray:
    """The answers for a tree's own nodes, (2n - 1, classes), in what was fed filled up to more: (length, classes).

    All words come first, filled up to those of the longest tree, then all inner nodes.
    """
    words = len(tree.words)
    leaves = (length + 1) // 2
    return np.concatenate([answer[:words], answer[leaves : leaves + words - 1]])


def _graph(tree: Tree, answer: np.ndarray, names: tuple[str, ...], title: str) -> Graph:
    """The tree with its root on top, words in their order at the bottom."""
    words = len(tree.words)
    height, column = [0] * words, [float(place) for place in range(words)]
    for left, right in tree.children:
        height.append(1 + max(height[left], height[right]))
        column.append((column[left] + column[right]) / 2)
    top = max(height)
    nodes = []
    for number, row in enumerate(answer):
        best = int(row.argmax())
        said = f"{names[best]}, {row[best]:.0%}"
        word = tree.words[number] if number < words else names[best]
        lines = (said,) if number < words else (f"{row[best]:.0%}",)
        place = best / max(1, len(names) - 1)
        nodes.append(Node(word, lines, top - height[number], column[number], colour=_colour(place)))
    edges = [(words + inner, int(child)) for inner, pair in enumerate(tree.children) for child in pair]
    return Graph(tuple(nodes), tuple(edges), title)


def _colour(place: float) -> str:
    """A colour as "#rrggbb" for a class that stands at `place`, 0..1, between the first and the last."""
    ends = (NEGATIVE, NEUTRAL) if place < 0.5 else (NEUTRAL, POSITIVE)
    share = 2 * place - (place >= 0.5)
    red, green, blue = (round(a + share * (b - a)) for a, b in zip(*ends, strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"
