"""Reading treebanks: one binary tree a line, as in `(3 (2 It) (4 (2 's) (4 great)))`, a class number at every node."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
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
_WORD = re.compile(r"[\w'’-]+|[^\w\s()]")
_TOKEN = re.compile(r"[()]|[^() ]+")  # words are divided by the plain space and brackets only: U+00A0 may stand in one


def read_treebank(path: Path) -> Data[ListedSamples]:
    """Read a `.txt(.gz)` in the format of the Penn treebank, as the Stanford Sentiment Treebank has it.

    Where the name holds "train" and the same name with "dev" or "test" stands beside it, that file is the test part.

    R. Socher et al., Recursive deep models for semantic compositionality over a sentiment treebank, EMNLP 2013,
    https://aclanthology.org/D13-1170.

    Raises:
        UserError: it cannot be read, or a line is not such a tree.
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
        ValueError: why it does not stand for one.
    """
    parser = _Parser()
    for token in _TOKEN.findall(line):
        parser.read(token)
    return parser.tree()


def tree_of_sentence(sentence: str) -> Tree:
    """Return a sentence as a tree without classes, in which each word or mark joins all that come after it.

    Raises:
        ValueError: there is no word in it.

    >>> tree_of_sentence("not very good").children.tolist()  # very good; not very good
    [[1, 2], [0, 3]]
    """
    words = _WORD.findall(sentence)
    if not words:
        raise ValueError("there is no word in it")
    count = len(words)
    joined = [(count - 2 - inner, count - 1 + inner) for inner in range(count - 1)]
    return Tree(tuple(words), np.array(joined, np.int32).reshape(-1, 2))


@dataclass
class _Node:
    """A node whose bracket is still open: its class number (None until it is read), and its parts so far."""

    label: int | None = None
    word: str | None = None
    children: list[int] = field(default_factory=list)


class _Parser:
    """Reads the tokens of a line from left to right: brackets, class numbers and words.

    A leaf k is written k, the inner node k as -1 - k until the leaves are counted.
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self.children: list[list[int]] = []
        self.leaf_labels: list[int] = []
        self.inner_labels: list[int] = []
        self.open_nodes: list[_Node] = []
        self.root: int | None = None

    def read(self, token: str) -> None:
        """Take the next token."""
        if self.open_nodes and self.open_nodes[-1].label is None:
            self.open_nodes[-1].label = _label(token)
        elif token == "(":
            if self.root is not None:
                raise ValueError("there is something after the tree")
            self.open_nodes.append(_Node())
        elif not self.open_nodes:
            raise ValueError("there is no tree such as (3 (2 It) (4 works)) in it")
        elif token == ")":
            self._close(self.open_nodes.pop())
        else:
            self._add_word(self.open_nodes[-1], token)

    def tree(self) -> Tree:
        """Return the tree after the last token."""
        if self.open_nodes and self.open_nodes[-1].label is None:
            _label("")
        if self.root is None:
            raise ValueError("a bracket is not closed")
        below = np.array(self.children, np.int32).reshape(-1, 2)
        below = np.where(below < 0, len(self.words) - 1 - below, below).astype(np.int32)
        return Tree(tuple(self.words), below, target=np.array(self.leaf_labels + self.inner_labels, np.int32))

    def _add_word(self, node: _Node, word: str) -> None:
        if node.word is not None or node.children:
            raise ValueError(f"the word “{word[:40]}” stands beside another part of its node")
        node.word = word

    def _close(self, node: _Node) -> None:
        """Number a node that is complete and put it below the one that holds it."""
        assert node.label is not None
        if node.word is not None and not node.children:
            number = len(self.words)
            self.words.append(node.word)
            self.leaf_labels.append(node.label)
        elif node.word is None and len(node.children) == 2:
            number = -1 - len(self.children)
            self.children.append(node.children)
            self.inner_labels.append(node.label)
        else:
            parts = len(node.children) + (node.word is not None)
            raise ValueError(f"a node has {parts} parts; it needs one word or two nodes")
        if self.open_nodes:
            self.open_nodes[-1].children.append(number)
        else:
            self.root = number


def _label(token: str) -> int:
    if not re.fullmatch("[0-9]{1,2}", token):
        raise ValueError(f"a node has “{token[:40]}” where its class number 0..{MAX_LABEL} should be")
    return int(token)
