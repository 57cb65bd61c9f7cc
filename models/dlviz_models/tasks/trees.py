"""Classifying every node of parse trees."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras
import numpy as np

from dlviz_models.data import Data
from dlviz_models.data.samples import Tree
from dlviz_models.layers.text import Text, token_counts, trimmed, vocabulary
from dlviz_models.tasks.bucketed import EVALUATION_BATCH, Bucketed
from dlviz_models.tasks.sequences import parts
from dlviz_models.tasks.task import Part
from dlviz_models.training.buckets import buckets


class ClassifyNodes(Bucketed):
    """Words and children in, the class of each node out. Words that occur once are taken as unknown."""

    things: ClassVar[str] = "trees"

    def __init__(self, data: Data[Any], settings: Mapping[str, Any], limit: int | None, seed: int) -> None:
        divided = parts(data, limit, seed)
        words = vocabulary((tree.words for tree in divided[0]), least=2)
        self.class_names = data.whole.class_names
        self.settings = {"vocabulary": words, "classes": len(self.class_names)}
        text = Text(words, "words")
        self.train, self.held_out, self.test = (tree_arrays(part, text) for part in divided)

    def lengths(self, part: Part) -> np.ndarray:
        """Return how many words each tree has."""
        return token_counts(part.x["words"])

    def cut(self, part: Part, rows: np.ndarray) -> Part:
        """Return some of the trees; the numbers of inner nodes, which follow the words, become smaller with these."""
        words = trimmed(part.x["words"][rows])
        before, leaves = part.x["words"].shape[1], words.shape[1]
        inner = max(1, leaves - 1)
        children = (part.x[side][rows, :inner] for side in ("left", "right"))
        left, right = (np.where(child < before, child, child - before + leaves) for child in children)
        nodes = np.concatenate([np.arange(leaves), np.arange(before, before + inner)])
        y, weight = (array[rows][:, nodes] for array in (part.y, np.asarray(part.weight)))
        return Part({"words": words, "left": left, "right": right}, y, weight)

    def measure(self, model: keras.Model, trainer: keras.Model) -> dict[str, float]:
        """Return the loss a node; the share of nodes whose class is right; and the share of trees whose root is, where
        it is on one side of the middle class (five classes: positive or negative), the middle class itself left out."""
        right, nodes, roots, labels = 0.0, 0.0, [], []
        for rows in buckets(self.lengths(self.test), EVALUATION_BATCH):
            some = self.cut(self.test, rows)
            probabilities = model.predict_on_batch(some.x)  # (n, nodes, classes)
            weight = np.asarray(some.weight)
            right += float(((probabilities.argmax(axis=-1) == some.y) * weight).sum())
            nodes += float(weight.sum())
            places = np.arange(len(rows)), root_places(some)
            roots.append(probabilities[places])
            labels.append(some.y[places])
        return {
            "node_accuracy": right / nodes,
            "root_accuracy": side_accuracy(np.concatenate(roots), np.concatenate(labels)),
            "loss": self.evaluate(trainer)["loss"],
        }


def tree_arrays(trees: Sequence[Tree], text: Text) -> Part:
    """Return trees as arrays for `tree_network`: all words first, filled up to the longest, then all inner nodes."""
    words = text.encode(tree.words for tree in trees)  # (n, leaves)
    n, leaves = words.shape
    inner = max(1, leaves - 1)
    children = np.zeros((n, inner, 2), np.int32)
    labels = np.zeros((n, leaves + inner), np.int32)
    weight = np.zeros((n, leaves + inner), np.float32)
    for row, tree in enumerate(trees):
        count, above = len(tree.words), len(tree.children)
        children[row, :above] = np.where(tree.children < count, tree.children, tree.children - count + leaves)
        for start, of in ((0, tree.target[:count]), (leaves, tree.target[count:])):
            labels[row, start : start + len(of)] = of
            weight[row, start : start + len(of)] = 1
    return Part({"words": words, "left": children[..., 0], "right": children[..., 1]}, labels, weight)


def root_places(part: Part) -> np.ndarray:
    """Return which node of `tree_arrays` is the root of each tree, (n,): the last one that counts."""
    weight = np.asarray(part.weight)
    return weight.shape[1] - 1 - np.argmax(weight[:, ::-1], axis=1)


def side_accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return how often the side of the middle class that has the larger probability is the label's side.

    Args:
        probabilities: (n, classes).
        labels: (n,); those of the middle class are left out, where there is one.
    """
    middle = (probabilities.shape[1] - 1) / 2
    classes = np.arange(probabilities.shape[1])
    lean = probabilities[:, classes > middle].sum(axis=1) - probabilities[:, classes < middle].sum(axis=1)
    sided = labels != middle
    return float(((lean > 0) == (labels > middle))[sided].mean()) if sided.any() else 0.0
