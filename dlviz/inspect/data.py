"""Data sets that a user names, read by the process that looks into files; those shipped are just opened."""

import json
import os
import weakref
from typing import Any

import numpy as np

from dlviz.inspect.process import Child
from dlviz.inspect.sets import CHILDREN, EXAMPLES, LABELS
from dlviz.quiet import quiet
from dlviz_models.data import Data, Pictures, datasets, npz, sounds, sources
from dlviz_models.data.sequences import Pair, PairData, Sequences, Tree, TreeData
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras

TIMEOUT = 120.0
KINDS = ("pictures", "npz", "npy", "idx", "pairs", "trees")
NAMED = sources.SAYS.keys() | datasets.SAYS.keys()


class Folder:
    """A folder of pictures and the process that decodes them; one that breaks off is replaced."""

    def __init__(self, path: str, child: Child) -> None:
        self.path = path
        self._take(child)

    def _take(self, child: Child) -> None:
        self._child = child
        self._end = weakref.finalize(self, child.close)

    def pictures(self, numbers: list[int]) -> list[np.ndarray]:
        """Return the pictures of these numbers, each uint8 (height, width, channel).

        Raises:
            UserError: one of them cannot be decoded, or the folder is no longer what it was.
        """
        if not self._child.lives:
            self._end()
            counts = self._child.report["facts"]["pictures"]
            self._take(Child(self.path, TIMEOUT))
            if self._child.report["facts"].get("pictures") != counts:
                raise UserError(f"{self.path} is no longer the folder that was opened; open it again.")
        return self._child.pictures(numbers)


class InspectedPictures(Pictures):
    """Those of a folder's pictures that have these numbers, decoded by another process when asked for."""

    def __init__(
        self, name: str, folder: Folder, numbers: range, labels: np.ndarray | None, names: tuple[str, ...] | None
    ) -> None:
        super().__init__(name, labels, names)
        self.folder = folder
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.folder.pictures([self._numbers[index]])[0]

    def batch(self, start: int, stop: int) -> list[np.ndarray]:
        return self.folder.pictures(list(self._numbers[start:stop]))


def load_data(source: str) -> Data | Sequences[Any]:
    """Open a data set to train on, as `dlviz_models.data.datasets.open_dataset` does, but safely.

    Raises:
        UserError: as `open_dataset`; or the file is refused.
    """
    if source in sources.KERAS:
        with quiet():
            load_keras()
    if source in NAMED or not os.path.lexists(source):
        return datasets.open_dataset(source)
    child = Child(source, TIMEOUT)
    try:
        data = _data(source, child)
    except BaseException:
        child.close()
        raise
    if child.report["kind"] != "pictures":
        child.close()
    return data


def load_pictures(source: str) -> Pictures:
    """Open the pictures to look at, as `dlviz_models.data.open_pictures` does, but safely.

    Raises:
        UserError: as `load_data`; or it holds no pictures.
    """
    base, part = sources.divided(source)
    data = load_data(base)
    if not isinstance(data, Data):
        raise UserError(f"{source[-200:]} holds {_WHAT.get(type(data), 'recordings')}, no pictures; give pictures.")
    return sources.part_of(data, part)


_WHAT: dict[type, str] = {PairData: "pairs of texts", TreeData: "trees"}


def _data(source: str, child: Child) -> Data | Sequences[Any]:
    report = child.report
    match report["kind"]:
        case "pictures":
            return _folder(Folder(source, child), report)
        case "npz" | "idx":
            names = report["facts"]["arrays"]
            wanted = sounds.NAMES if names.keys() >= sounds.WANTED else npz.NAMES
            arrays = {
                name: np.load(child.folder / f"{index}.npy") if name in wanted else np.empty(0)
                for index, name in enumerate(names)
            }
            is_sound = names.keys() >= sounds.WANTED
            return sounds.sounds_in(arrays, child.name) if is_sound else npz.pictures_in(arrays, child.name)
        case "npy":
            return npz.pictures_in({"x": np.load(child.folder / "0.npy")}, child.name)
        case "pairs":
            texts = _examples(child)
            return PairData(report["name"], *[[Pair(*pair) for pair in part] for part in texts])
        case "trees":
            return TreeData(report["name"], *_trees(child))
    raise UserError(f"{child.name} holds no data set: {report['says'][:200]} Give a folder, an .npz or idx files.")


def _folder(folder: Folder, report: dict[str, Any]) -> Data:
    name, classes = report["name"], report["facts"]["classes"]
    names = None if classes is None else tuple(classes)
    labels = [None if numbers is None else np.array(numbers, np.int64) for numbers in report["labels"]]
    counts = report["facts"]["pictures"]
    if len(counts) == 1:
        return Data.undivided(name, InspectedPictures(name, folder, range(counts[0]), labels[0], names))
    train = InspectedPictures(f"{name}/train", folder, range(counts[0]), labels[0], names)
    return Data.divided(name, train, InspectedPictures(name, folder, range(counts[0], sum(counts)), labels[1], names))


def _examples(child: Child) -> Any:
    return json.loads((child.folder / EXAMPLES).read_text("utf-8"))


def _trees(child: Child) -> list[list[Tree]]:
    children, labels = np.load(child.folder / CHILDREN), np.load(child.folder / LABELS)
    node = inner = 0
    parts = []
    for part in _examples(child):
        trees = []
        for words in part:
            nodes, pairs = 2 * len(words) - 1, len(words) - 1
            trees.append(Tree(tuple(words), children[inner : inner + pairs], labels[node : node + nodes]))
            node, inner = node + nodes, inner + pairs
        parts.append(trees)
    return parts


load_samples = load_pictures
