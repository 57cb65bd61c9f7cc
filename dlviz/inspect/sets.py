"""Data sets in files: folders of pictures, idx files, tables of pairs, treebanks."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dlviz.inspect.refusal import Refused, shown
from dlviz.inspect.sniff import refuse_links
from dlviz_models.data import folder as folders
from dlviz_models.data import idx, pairs, treebank
from dlviz_models.data.folder import FolderPictures
from dlviz_models.data.pictures import Data
from dlviz_models.data.sequences import Sequences

MAX_PICTURES = 500_000
MAX_CLASSES = 10_000
MAX_CLASS_NAME = 200
EXAMPLES = "examples.json"
CHILDREN, LABELS = "children.npy", "labels.npy"


def read_folder(path: Path, folder: Path, name: str, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Say what a folder is: a SavedModel, idx files, or pictures, whose paths the report then has in `paths`.

    Raises:
        Refused, UserError: it is none of these, or holds links out of it or too many pictures.
    """
    present = set(os.listdir(path))
    if {"saved_model.pb", "saved_model.pbtxt"} & present:
        from dlviz.inspect.savedmodel import read_saved_model

        return read_saved_model(path, folder, trust)
    if {"config.json", "model.weights.h5"} <= present:
        raise Refused("is a .keras file that was unpacked; pack its files into a zip archive again and open that")
    files = idx.idx_folder(path)
    if files is not None:
        refuse_links(list(files.values()), path)
        return _read_idx(files, folder)
    return _pictures(folders.read_folder(path), path)


def read_idx_file(path: Path, folder: Path) -> dict[str, Any]:
    """Unpack an idx file, and the labels beside it, into `folder` as 0.npy, 1.npy.

    Raises:
        Refused, UserError: as `dlviz_models.data.idx.read_idx`; or the labels are a link to somewhere else.
    """
    labels = idx.labels_beside(path)
    refuse_links([] if labels is None else [labels], path.parent)
    return _read_idx({"x": path} | ({} if labels is None else {"y": labels}), folder)


def read_pairs(path: Path, folder: Path) -> dict[str, Any]:
    """Leave the pairs of texts of both parts in `folder` as lists of two.

    Raises:
        UserError: as `dlviz_models.data.pairs.read_pairs`.
    """
    data = pairs.read_pairs(path)
    return _examples("pairs", "pairs of texts", data, [list(data.train), list(data.test)], folder)


def read_trees(path: Path, folder: Path) -> dict[str, Any]:
    """Leave the trees of both parts in `folder`: the words of each, and all children and labels end to end.

    Raises:
        UserError: as `dlviz_models.data.treebank.read_treebank`.
    """
    data = treebank.read_treebank(path)
    trees = [*data.train, *data.test]
    np.save(folder / CHILDREN, np.concatenate([tree.children for tree in trees]), allow_pickle=False)
    np.save(folder / LABELS, np.concatenate([tree.labels for tree in trees]), allow_pickle=False)
    words = [[tree.words for tree in part] for part in (data.train, data.test)]
    return _examples("trees", "trees", data, words, folder)


def _read_idx(files: Mapping[str, Path], folder: Path) -> dict[str, Any]:
    facts = {}
    for index, (array, path) in enumerate(files.items()):
        values = idx.read_idx(path)
        np.save(folder / f"{index}.npy", values, allow_pickle=False)
        facts[array] = {"shape": list(values.shape), "dtype": str(values.dtype)}
    listed = "; ".join(f"{array} {tuple(fact['shape'])}" for array, fact in facts.items())
    return {"kind": "idx", "says": f"Arrays of bytes in idx files: {listed}.", "facts": {"arrays": facts}}


def _pictures(data: Data, path: Path) -> dict[str, Any]:
    whole = data.whole is data.test
    parts = [part for part in ([data.train, data.test] if whole else [data.whole]) if isinstance(part, FolderPictures)]
    paths = [picture for part in parts for picture in part.paths]
    if len(paths) > MAX_PICTURES:
        raise Refused(f"holds more than {MAX_PICTURES:,} pictures; give a part of it")
    refuse_links([*dict.fromkeys(picture.parent for picture in paths), *paths], path)
    classes = parts[0].class_names
    if classes and len(classes) > MAX_CLASSES:
        raise Refused(f"has more than {MAX_CLASSES:,} classes; give a part of it")
    counts = " + ".join(f"{len(part):,}" for part in parts)
    names = None if classes is None else [shown(class_name, MAX_CLASS_NAME) for class_name in classes]
    return {
        "kind": "pictures",
        "says": f"A folder of {counts} pictures"
        + (", without classes." if names is None else f" of {len(names):,} classes: {shown(', '.join(names), 150)}."),
        "facts": {"pictures": [len(part) for part in parts], "classes": names},
        "labels": [None if part.labels is None else part.labels.tolist() for part in parts],
        "name": shown(data.name),
        "paths": [str(picture) for picture in paths],
    }


def _examples(kind: str, what: str, data: Sequences[Any], parts: list[Any], folder: Path) -> dict[str, Any]:
    (folder / EXAMPLES).write_text(json.dumps(parts), "utf-8")
    counts = [len(data.train), len(data.test)]
    return {
        "kind": kind,
        "says": f"{counts[0]:,} {what} to train on and {counts[1]:,} to test on.",
        "facts": {"train": counts[0], "test": counts[1]},
        "name": shown(data.name),
    }
