"""Up a parse tree: the same cell at every node, a sentiment at each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.by_hand.tree_states import TreeStates, tree_states
from dlviz.options import option, step
from dlviz.panels.parse_trees import key_to_signs, tree_graph
from dlviz.progress import Progress
from dlviz.sheet import Bars, Formula, Sheet
from dlviz.sheet.numerals import number, signed
from dlviz.view import Scene, View
from dlviz_models.data.samples import Tree
from dlviz_models.errors import UserError
from dlviz_models.options import LAST

SENTIMENTS = ("very negative", "negative", "neutral", "positive", "very positive")
PRESETS = {
    "not very good": "not (very good)",
    "in a sentence": "(the film) (is (not (very good)))",
    "not bad": "not bad",
    "never very good": "never (very good)",
}
MOST_WORDS, UNITS = 10, 64
SIDES = np.array([-1, -1, 0, 1, 1])
"""Negative and positive classes."""
CLEAR = 0.05
"""So far from zero is a node on one side."""


def parsed(text: str) -> Tree:
    """The tree of words that brackets group; where more than two stand together, the last two belong together first.

    Raises:
        UserError: brackets are not closed, or there are too few or too many words.
    """
    tokens = re.findall(r"[()]|[^()\s]+", text)
    words = [token for token in tokens if token not in "()"]
    if not 2 <= len(words) <= MOST_WORDS:
        raise UserError(f"Option words has {len(words)} words: give 2 to {MOST_WORDS}, such as not (very good).")
    depths = np.cumsum([(token == "(") - (token == ")") for token in tokens])
    if depths.min() < 0 or depths[-1] or "()" in "".join(tokens):
        raise UserError(
            f"Option words={text[:60]} has a bracket too many or too few: write it such as not (very good)."
        )
    children: list[tuple[int, int]] = []
    levels: list[list[int]] = [[]]
    leaf = iter(range(len(words)))
    for token in tokens:
        if token == "(":
            levels.append([])
        elif token == ")":
            levels[-2].append(_joined(levels.pop(), len(words), children))
        else:
            levels[-1].append(next(leaf))
    _joined(levels[0], len(words), children)
    return Tree(tuple(words), np.array(children, np.int32))


def _joined(nodes: list[int], words: int, children: list[tuple[int, int]]) -> int:
    """The node over nodes that stand together; the pairs below it are added to `children`."""
    *before, node = nodes
    for left in reversed(before):
        children.append((left, node))
        node = words + len(children) - 1
    return node


@dataclass(frozen=True)
class ParseTree(View):
    """A recursive network over a parse tree.

    >>> import dlviz
    >>> dlviz.lesson("parse_tree").arrays["h"].shape
    (5, 64)
    """

    name = "parse_tree"
    summary = "The same cell joins two parts to a phrase at every node of a parse tree; each node has its sentiment."
    group = "Sequences by hand"
    order = 5

    preset: str = option(
        "not very good", "which phrase", choices=tuple(PRESETS), resets=("words", "step"), label="phrase"
    )
    words: str = option(
        "",
        "2 to 10 words, in brackets what belongs together; empty: the preset's",
        zero="the preset's",
        resets=("step",),
        label="your phrase, in brackets",
    )
    step: int = step(LAST, "how many phrases have been put together")
    unit: int = option(1, "the unit of the cell that is worked out", low=1, high=UNITS, label="unit worked out")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        text = self.words or PRESETS[self.preset]
        tree = parsed(text)
        found, phrases = tree_states(tree), _phrases(tree)
        done = min(self.step, len(tree.children))
        at = len(tree.words) + done - 1
        known = np.where(np.arange(len(phrases))[:, None] <= at, found.classes, np.nan)
        best = int(found.classes[at].argmax())
        unseen = f" It never saw {', '.join(found.unknown)}." if found.unknown else ""
        yield Sheet(
            f"Up a parse tree: {phrases[-1]}",
            f"“{phrases[at]}” is {SENTIMENTS[best]}, says the network, {found.classes[at, best]:.0%} sure; {done} of "
            f"{len(tree.children)} phrases are put together.{unseen}",
            (
                tree_graph(tree, known, SENTIMENTS, key_to_signs(tree, SENTIMENTS)),
                Bars(SENTIMENTS, found.classes[at], f"“{phrases[at]}”", limit=1.0, role="beside"),
                Formula(_formula(tree, found, at, self.unit - 1), role="legend"),
            ),
            {"classes": found.classes, "h": found.h, "c": found.c, "children": tree.children},
            question="Which node turns the answer?",
            answer=_answer(tree, found.classes, phrases),
            explanation="A recursive network reads a sentence along its parse tree, not from left to right. One cell, "
            "with the same weights everywhere, makes the vector of a phrase out of those of its two parts, up to the "
            "root; a classifier reads a sentiment at each. So “not” acts on just the phrase that it stands beside.",
            source="Recursive networks: R. Socher et al., EMNLP 2013; K. S. Tai, R. Socher, C. Manning, Improved "
            "semantic representations from tree-structured LSTM networks, 2015, arXiv 1503.00075",
            steps=len(tree.children) + 1,
            values={"step": done, "words": text},
        )


def _phrases(tree: Tree) -> list[str]:
    """The words under each node."""
    phrases = list(tree.words)
    for left, right in tree.children:
        phrases.append(f"{phrases[left]} {phrases[right]}")
    return phrases


def _formula(tree: Tree, found: TreeStates, at: int, unit: int) -> tuple[str, ...]:
    """Memory and answer of a unit at a node."""
    i, u, o = (float(found.gates[name][at, unit]) for name in "iuo")
    c, h = float(found.c[at, unit]), float(found.h[at, unit])
    if at < len(tree.words):
        rule, numbers = r"$c = i\, u$", f"{signed(i)}·{signed(u)}"
    else:
        rule = r"$c = i\, u + f_a\, c_a + f_b\, c_b$"
        parts = [(i, u)]
        for name, child in zip(("f_a", "f_b"), tree.children[at - len(tree.words)], strict=True):
            parts.append((float(found.gates[name][at, unit]), float(found.c[child, unit])))
        numbers = " + ".join(f"{signed(a)}·{signed(b)}" for a, b in parts)
    return (
        f"{rule}   =   {numbers}   =   {number(c)}",
        rf"$h = o\, \tanh(c)$   =   {signed(o)}·{signed(float(np.tanh(c)))}   =   {number(h)}"
        r",      $p = \mathrm{softmax}(W h + b)$",
    )


def _answer(tree: Tree, classes: np.ndarray, phrases: list[str]) -> str:
    """The node that differs the most from a part on the other side of neutral."""
    balance = classes @ SIDES
    turned = [
        (abs(balance[child] - balance[node]), node, child)
        for node, pair in enumerate(tree.children, len(tree.words))
        for child in map(int, pair)
        if balance[node] * balance[child] < 0 and min(abs(balance[[node, child]])) > CLEAR
    ]
    if not turned:
        return (
            "None: at no node does the network change sides. It learned from 8,544 sentences, "
            "and of some ways to say no it saw only a few."
        )
    _, node, child = max(turned)
    return (
        f"“{phrases[node]}”: the part “{phrases[child]}” is {_sides(classes[child])}, "
        f"the node above it {_sides(classes[node])}."
    )


def _sides(row: np.ndarray) -> str:
    """How positive and how negative a node is."""
    return f"{row[SIDES > 0].sum():.0%} positive and {row[SIDES < 0].sum():.0%} negative"
