"""Reading treebanks: one binary tree a line, as in `(3 (2 It) (4 (2 's) (4 great)))`, a class number at every node."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlviz_models.data.lines import read_lines
from dlviz_models.data.parts import Data
from dlviz_models.data.samples import ListedSamples, Tree
from dlviz_models.errors import UserError

MAX_LABEL = 99
MAX_LINE = 100_000
SENTIMENTS = ("very negative", "negative", "neutral", "positive", "very positive")
PARTS = (("train", "dev"), ("train", "test"))
_TOKEN = re.compile(r"[()]|[^() ]+")  # words are divided by the plain space and brackets only: U+00A0 may stand in one


def read_treebank(path: Path) -> Data[ListedSamples]:
    """Read a `.txt(.gz)` in the format of the Penn treebank, as the Stanford Sentiment Treebank has it.

    Where the name holds "train" and the same name with "dev" or "test" stands beside it, that file is the test part.

    R. Socher et al., Recursive deep models for semantic compositionality over a sentiment treebank, EMNLP 2013,
    https://aclanthology.org/D13-1170.

    Raises:
        UserError: it cannot be read, or a line is no such tree.
    """
    trees = read_trees(path)
    for this, other in PARTS:
        beside = path.with_name(path.name.replace(this, other))
        if this in path.name and beside.is_file():
            return tree_data(path.name, trees, read_trees(beside))
    return tree_data(path.name, trees)


def tree_data(name: str, trees: Sequence[Tree], test: Sequence[Tree] | None = None) -> Data[ListedSamples]:
    """Return the data set of these trees; five classes are taken for the Stanford Sentiment Treebank's."""
    classes = 1 + max((int(tree.target.max()) for tree in (*trees, *(test or ()))), default=0)
    names = SENTIMENTS if classes == len(SENTIMENTS) else tuple(map(str, range(max(2, classes))))
    if test is None:
        return Data.undivided(name, ListedSamples(name, Tree.kind, trees, names))
    train = ListedSamples(f"{name}/train", Tree.kind, trees, names)
    return Data.divided(name, train, ListedSamples(name, Tree.kind, test, names))


def read_trees(path: Path) -> list[Tree]:
    """Return the trees of one file; empty lines are left out.

    Raises:
        UserError: as `read_treebank`.
    """
    trees = []
    for number, line in enumerate(read_lines(path), 1):
        if line.strip():
            try:
                if len(line) > MAX_LINE:
                    raise ValueError(f"it has more than {MAX_LINE:,} letters")
                trees.append(parse(line))
            except ValueError as error:
                raise UserError(f"{path}, line {number}: {error}; correct the line.") from error
    return trees


def parse(line: str) -> Tree:
    """Return the tree that a line stands for.

    Raises:
        ValueError: why it is none.
    """
    words: list[str] = []
    children: list[tuple[int, int]] = []  # a leaf k is written k, inner node k as -1 - k until the leaves are counted
    leaf_labels: list[int] = []
    inner_labels: list[int] = []
    open_nodes: list[tuple[int, list[int]]] = []  # label, what was found inside
    finished: list[int] = []
    tokens = _TOKEN.findall(line)
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token == "(":
            if finished:
                raise ValueError("there is something after the tree")
            open_nodes.append((_label(tokens[position] if position < len(tokens) else ""), []))
            position += 1
            continue
        if not open_nodes:
            raise ValueError("there is no tree such as (3 (2 It) (4 works)) in it")
        if token != ")":
            if open_nodes[-1][1]:
                raise ValueError(f"the word “{token[:40]}” stands beside another part of its node")
            open_nodes[-1][1].append(len(words))
            leaf_labels.append(open_nodes[-1][0])
            words.append(token)
            continue
        label, inside = open_nodes.pop()
        is_leaf = len(inside) == 1 and tokens[position - 2] not in "()"
        if len(inside) != 2 and not is_leaf:
            raise ValueError(f"a node has {len(inside)} parts; it needs one word or two nodes")
        node = inside[0]
        if not is_leaf:
            node = -1 - len(children)
            children.append((inside[0], inside[1]))
            inner_labels.append(label)
        (open_nodes[-1][1] if open_nodes else finished).append(node)
    if open_nodes or not finished:
        raise ValueError("a bracket is not closed")
    below = np.array(children, np.int32).reshape(-1, 2)
    below = np.where(below < 0, len(words) - 1 - below, below).astype(np.int32)
    return Tree(tuple(words), below, target=np.array(leaf_labels + inner_labels, np.int32))


def _label(token: str) -> int:
    if not re.fullmatch("[0-9]{1,2}", token):
        raise ValueError(f"a node has “{token[:40]}” where its class number 0..{MAX_LABEL} should be")
    return int(token)
