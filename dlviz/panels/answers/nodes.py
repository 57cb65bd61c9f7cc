"""A class for each node of a parse tree: the tree, and the probabilities of every phrase."""

from __future__ import annotations

import numpy as np

from dlviz.feeding.tokens import phrases
from dlviz.panels.answers.base import AnswerPanels, Answers
from dlviz.panels.parse_trees import key_to_signs, tree_graph
from dlviz.sheet import Matrix, Panel
from dlviz_models.data.samples import Tree


def show(a: Answers) -> AnswerPanels:
    """The tree, and below it the probabilities of every phrase."""
    panels: list[Panel] = []
    roots = []
    for number, sample in enumerate(a.samples):
        assert isinstance(sample, Tree)
        answer = answers_of(a.raw[number], sample, a.raw.shape[1])
        names = a.class_names(answer.shape[1])
        title = sample.short if a.with_samples else ""
        panels += [
            tree_graph(sample, answer, names, title),
            Matrix(answer, phrases(sample), names, "phrase", "class", "Confidence at each phrase"),
        ]
        roots.append(answer[-1])
    best = int(roots[0].argmax())
    summary = f"classifies {a.first} as {a.network.class_in_words(best)}, {roots[0][best]:.0%} sure"
    target = a.target(0)
    if isinstance(target, np.ndarray) and target.size:
        if target.max() >= len(names):
            summary += (
                f"; the tree names the class {target.max()}, but the last one of {a.network.name} is {len(names) - 1}"
            )
        else:
            summary += ": right" if target[-1] == best else f"; it is {a.network.class_in_words(int(target[-1]))}"
    assert isinstance(a.samples[0], Tree)
    if key := key_to_signs(a.samples[0], names):
        summary += f". In the tree {key}"
    return AnswerPanels(panels, summary, {"classes": a.raw.argmax(axis=-1)})


def answers_of(answer: np.ndarray, tree: Tree, length: int) -> np.ndarray:
    """The answers for a tree's own nodes, (2n - 1, classes), without the padding in `answer` (length, classes): first
    the words, padded to the longest tree, then the inner nodes."""
    words = len(tree.words)
    leaves = (length + 1) // 2
    return np.concatenate([answer[:words], answer[leaves : leaves + words - 1]])
