"""Naming the class of every node of parse trees."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras
import numpy as np

from dlviz_models.data.sequences import Tree, TreeData
from dlviz_models.tasks.sequences import class_names, parts
from dlviz_models.tasks.task import EVALUATION_BATCH, Part, Task
from dlviz_models.text import Text, vocabulary


class ClassifyNodes(Task):
    """Words and children in, the class of each node out. Words that occur once are taken as unknown."""

    things: ClassVar[str] = "trees"

    def __init__(self, data: TreeData, settings: Mapping[str, Any], limit: int | None, seed: int) -> None:
        divided = parts(data, limit, seed)
        words = vocabulary((tree.words for tree in divided[0]), least=2)
        self.class_names = class_names(data)
        self.settings = {"vocabulary": words, "classes": len(self.class_names)}
        text = Text(words, "words")
        self.train, self.held_out, self.test = (tree_arrays(part, text) for part in divided)
        self.roots = root_places(divided[2], self.test)

    def measure(self, model: keras.Model, trainer: keras.Model) -> dict[str, float]:
        """Return the loss a node; the share of nodes whose class is right; and the share of trees whose root is, where
        it is on one side of the middle class (five classes: positive or negative), the middle class itself left out."""
        probabilities = model.predict(self.test.x, batch_size=EVALUATION_BATCH, verbose=0)  # (n, nodes, classes)
        right = probabilities.argmax(axis=-1) == self.test.y
        n, roots = np.arange(len(self.test)), self.roots
        return {
            "node_accuracy": float(np.average(right, weights=self.test.weight)),
            "root_accuracy": side_accuracy(probabilities[n, roots], self.test.y[n, roots]),
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
        for start, of in ((0, tree.labels[:count]), (leaves, tree.labels[count:])):
            labels[row, start : start + len(of)] = of
            weight[row, start : start + len(of)] = 1
    return Part({"words": words, "left": children[..., 0], "right": children[..., 1]}, labels, weight)


def root_places(trees: Sequence[Tree], part: Part) -> np.ndarray:
    """Return which node of `tree_arrays` is the root of each tree, (n,)."""
    leaves = part.x["words"].shape[1]
    return np.array([leaves + len(tree.children) - 1 if len(tree.children) else 0 for tree in trees])


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
