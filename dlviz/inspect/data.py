"""Data sets that a user names, read by the process that looks into files; those shipped are just opened."""

import json
import os
import weakref
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dlviz.inspect.process import Child
from dlviz.inspect.sets import CHILDREN, LABELS, NUMBERS, SOUND, TARGETS, TEXTS
from dlviz.silence_logs import silence_logs
from dlviz_models.data import Data, Pictures, catalogue, datasets, npz, sounds, sources
from dlviz_models.data.recordings import Recordings
from dlviz_models.data.samples import Picture, Samples, Sound, Tree
from dlviz_models.data.table import Table, table_data
from dlviz_models.data.texts import text_data
from dlviz_models.data.treebank import tree_data
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras

TIMEOUT = 120.0
NAMED = catalogue.PICTURE_SUMMARIES.keys() | catalogue.GENERATED_SUMMARIES.keys()
FOLDERS = ("pictures", "sounds")
Stamp = tuple[tuple[int, int], ...]


class Folder:
    """A folder of pictures or recordings and the process that decodes them; one that breaks off is replaced."""

    def __init__(self, path: str, child: Child) -> None:
        self.path = path
        self._take(child)

    def _take(self, child: Child) -> None:
        self._child = child
        self._end = weakref.finalize(self, child.close)

    def pictures(self, numbers: list[int]) -> list[np.ndarray | UserError]:
        """Return the pictures of these numbers, each uint8 (height, width, channel), or why it cannot be decoded.

        Raises:
            UserError: the folder is no longer what it was.
        """
        return self._living().pictures(numbers)

    def sound(self, number: int) -> tuple[np.ndarray, int]:
        """Return the recording of this number, float32 (time,), and its samples per second.

        Raises:
            UserError: it cannot be decoded, or the folder is no longer what it was.
        """
        return self._living().sound(number)

    def _living(self) -> Child:
        if not self._child.lives:
            self._end()
            kind, facts = self._child.report["kind"], self._child.report["facts"]
            self._take(Child(self.path, TIMEOUT))
            if self._child.report["facts"].get(kind) != facts[kind]:
                raise UserError(f"{self.path} is no longer the folder that was opened; open it again.")
        return self._child


class InspectedPictures(Pictures):
    """Those of a folder's pictures that have these numbers, decoded by another process when asked for.

    In a `batch`, grey stands in the place of one that turns out to be damaged, so that it spoils no other and all keep
    their numbers; `notes` say so from then on.
    """

    def __init__(
        self,
        name: str,
        folder: Folder,
        numbers: range,
        labels: np.ndarray | None,
        names: tuple[str, ...] | None,
        notes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(name, labels, names, notes=notes)
        self.folder = folder
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> np.ndarray:
        (found,) = self.folder.pictures([self._numbers[index]])
        if isinstance(found, UserError):
            raise found
        return found

    def batch(self, start: int, stop: int) -> list[np.ndarray]:
        found = self.folder.pictures(list(self._numbers[start:stop]))
        return [self._grey(picture) if isinstance(picture, UserError) else picture for picture in found]

    def values(self, start: int, stop: int) -> list[np.ndarray]:
        return [self[start]] if stop == start + 1 else self.batch(start, stop)

    def _grey(self, why: UserError) -> np.ndarray:
        note = f"Grey stands in the place of a picture: {why}"
        if note not in self.notes:
            self.notes += (note,)
        return np.full((8, 8, 3), 127, np.uint8)


class InspectedSounds(Recordings):
    """Those of a folder's recordings that have these numbers, decoded by another process when asked for."""

    def __init__(
        self,
        name: str,
        folder: Folder,
        numbers: range,
        labels: np.ndarray | None,
        names: tuple[str, ...] | None,
        notes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(name, labels, names, notes)
        self.folder = folder
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def read(self, index: int) -> Sound:
        return Sound(*self.folder.sound(self._numbers[index]))


def load_data(source: str, inputs: Mapping[str, str] | None = None, outputs: Collection[str] = ()) -> Data[Any]:
    """Open a data set to train on, as `dlviz_models.data.datasets.open_dataset` does, but safely.

    Args:
        inputs: the kind of sample that each input of a network takes, by its name, where they are known: arrays are
            then read as these.
        outputs: the names of the network's outputs, where they are known: a table's column of that name is its targets.

    Raises:
        UserError: as `open_dataset`; or the file is refused.
    """
    if source in sources.KERAS:
        with silence_logs():
            load_keras()
    if source in NAMED or not os.path.lexists(source):
        return datasets.open_dataset(source)
    child = Child(source, TIMEOUT)
    try:
        data = _data(source, child, dict(inputs or {}), outputs)
    except BaseException:
        child.close()
        raise
    if child.report["kind"] not in FOLDERS:
        child.close()
    return data


def load_samples(source: str, inputs: Mapping[str, str] | None = None, outputs: Collection[str] = ()) -> Samples:
    """Open the samples to look at, of any kind: the test part, or all of a source that is not divided.

    "SOURCE/train" and "SOURCE/test" name a part.

    Args:
        inputs, outputs: as of `load_data`.

    Raises:
        UserError: as `load_data`.
    """
    base, part = sources.divided(source)
    return sources.part_of(load_data(base, inputs, outputs), part)


def load_pictures(source: str) -> Pictures:
    """Open the pictures to look at, as `dlviz_models.data.open_pictures` does, but safely.

    Raises:
        UserError: as `load_data`; or it holds no pictures.
    """
    inputs = {"": Picture.kind} if Path(source).suffix.lower() in (".npy", ".npz") else None
    return sources.pictures_of(load_samples(source, inputs), source)


def stamp(source: str) -> Stamp:
    """Return when a source last changed and its size, of a folder those of all folders in it; () for a named one.

    What is kept open of a source is read anew where this differs.
    """
    path = Path(sources.divided(source)[0])
    if source in NAMED or not path.exists():
        return ()
    here = [path, *(Path(top) for top, _, _ in os.walk(path))] if path.is_dir() else [path]
    found = []
    for each in here:
        try:
            status = each.stat()
        except OSError:
            continue
        found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)


def _data(source: str, child: Child, inputs: dict[str, str], outputs: Collection[str]) -> Data[Any]:
    report = child.report
    match report["kind"]:
        case "pictures":
            return _folder(InspectedPictures, Folder(source, child), report)
        case "sounds":
            return _folder(InspectedSounds, Folder(source, child), report)
        case "npz" | "idx" | "npy":
            arrays = {
                name: np.load(child.folder / f"{index}.npy") for index, name in enumerate(report["facts"]["arrays"])
            }
            if arrays.keys() >= sounds.WANTED:
                return sounds.sounds_in(arrays, child.name)
            return npz.data_in(arrays, child.name, None, inputs)
        case "table":
            return table_data(_table(child), report["name"], inputs, outputs)
        case "texts" | "pairs":
            found, targets = _texts(child)
            return text_data(report["name"], found, targets, tuple(report["notes"]))
        case "trees":
            return tree_data(report["name"], *_trees(child))
        case "sound":
            return datasets.one_sound(Sound(np.load(child.folder / SOUND), report["facts"]["rate"]), child.name)
    raise UserError(
        f"{child.name} holds no data set: {report['says'][:200]} Give a folder, a table, an .npz or idx files."
    )


def _folder(kind: type[InspectedPictures] | type[InspectedSounds], folder: Folder, report: dict[str, Any]) -> Data[Any]:
    name, classes = report["name"], report["facts"]["classes"]
    names = None if classes is None else tuple(classes)
    labels = [None if numbers is None else np.array(numbers, np.int64) for numbers in report["labels"]]
    counts, notes = report["facts"][report["kind"]], [tuple(part) for part in report["facts"]["notes"]]
    if len(counts) == 1:
        return Data.undivided(name, kind(name, folder, range(counts[0]), labels[0], names, notes[0]))
    train = kind(f"{name}/train", folder, range(counts[0]), labels[0], names, notes[0])
    test = kind(name, folder, range(counts[0], sum(counts)), labels[1], names, notes[1])
    return Data.divided(name, train, test)


def _texts(child: Child) -> Any:
    return json.loads((child.folder / TEXTS).read_text("utf-8"))


def _table(child: Child) -> Table:
    facts, targets = child.report["facts"], None
    if facts["targets"]:
        targets = np.load(child.folder / TARGETS)
    return Table(np.load(child.folder / NUMBERS), tuple(facts["names"]), None, targets, tuple(child.report["notes"]))


def _trees(child: Child) -> list[list[Tree]]:
    """Return the trees of each part."""
    children, labels = np.load(child.folder / CHILDREN), np.load(child.folder / LABELS)
    node = inner = 0
    parts = []
    for part in _texts(child):
        trees = []
        for words in part:
            nodes, pairs = 2 * len(words) - 1, len(words) - 1
            trees.append(Tree(tuple(words), children[inner : inner + pairs], target=labels[node : node + nodes]))
            node, inner = node + nodes, inner + pairs
        parts.append(trees)
    return parts
