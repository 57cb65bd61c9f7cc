"""Data sets in files: folders of pictures or recordings, idx files, tables, texts, treebanks, recordings."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dlviz.inspect.refusal import Refused, shown
from dlviz.inspect.sniff import refuse_links
from dlviz_models.data import folder as folders
from dlviz_models.data import idx, texts, treebank
from dlviz_models.data.folder import FolderPictures, FolderSounds
from dlviz_models.data.parts import Data
from dlviz_models.data.table import read_table as read_rows
from dlviz_models.data.wav import read_wav
from dlviz_models.kept_epochs import kept_epochs

MAX_PICTURES = 500_000
MAX_CLASSES = 10_000
MAX_CLASS_NAME = 200
MAX_NOTE = 400
TEXTS = "texts.json"
CHILDREN, LABELS = "children.npy", "labels.npy"
NUMBERS, TARGETS, SOUND = "numbers.npy", "targets.npy", "sound.npy"


def read_folder(path: Path, folder: Path, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Say what a folder is: a SavedModel, the epochs of a training, idx files, or pictures or recordings, whose paths
    the report then has in `paths`.

    Raises:
        Refused, UserError: it is none of these, or holds links out of it or too many pictures.
    """
    present = set(os.listdir(path))
    if {"saved_model.pb", "saved_model.pbtxt"} & present:
        from dlviz.inspect.savedmodel import read_saved_model

        return read_saved_model(path, folder, trust)
    if epochs := list(kept_epochs(path)):
        summary = f"The networks that {len(epochs):,} epochs of a training left, {epochs[0]:,} to {epochs[-1]:,}."
        return {"kind": "epochs", "says": summary, "facts": {"epochs": epochs}}
    if {"config.json", "model.weights.h5"} <= present:
        raise Refused("is a .keras file that was unpacked; pack its files into a zip archive again and open that")
    files = idx.idx_folder(path)
    if files is not None:
        refuse_links(list(files.values()), path)
        return _read_idx(files, folder)
    return _folder(folders.read_folder(path))


def read_idx_file(path: Path, folder: Path) -> dict[str, Any]:
    """Unpack an idx file, and the labels beside it, into `folder` as 0.npy, 1.npy.

    Raises:
        Refused, UserError: as `dlviz_models.data.idx.read_idx`; or the labels are a link to somewhere else.
    """
    labels = idx.labels_beside(path)
    refuse_links([] if labels is None else [labels], path.parent)
    return _read_idx({"x": path} | ({} if labels is None else {"y": labels}), folder)


def read_pairs(path: Path, folder: Path) -> dict[str, Any]:
    """Leave the texts of a table of pairs, and what is to be made of them, in `folder`.

    Raises:
        UserError: as `dlviz_models.data.texts.read_pairs`.
    """
    return _texts(*texts.pairs_of(path), [], path, folder)


def read_texts(path: Path, folder: Path) -> dict[str, Any]:
    """Leave the texts of a file, one a line, in `folder`.

    Raises:
        UserError: as `dlviz_models.data.texts.read_texts`.
    """
    return _texts(texts.texts_of(path), None, [], path, folder)


def read_table(path: Path, folder: Path) -> dict[str, Any]:
    """Leave the numbers or texts of a table, and its targets, in `folder`.

    Raises:
        UserError: as `dlviz_models.data.table.read_table`.
    """
    table = read_rows(path)
    notes = [shown(note, MAX_NOTE) for note in table.notes]
    if table.texts is not None:
        targets = None if table.targets is None else [str(target) for target in table.targets]
        return _texts(table.texts, targets, notes, path, folder)
    assert table.numbers is not None
    np.save(folder / NUMBERS, table.numbers, allow_pickle=False)
    if table.targets is not None:
        np.save(folder / TARGETS, np.asarray(table.targets), allow_pickle=False)
    rows, columns = table.numbers.shape
    names = [shown(column) for column in table.columns]
    listed = f": {shown(', '.join(names), 100)}" if names else ""
    return {
        "kind": "table",
        "says": f"A table of {rows:,} rows of {columns:,} numbers{listed}"
        + ("." if table.targets is None else ", each with a target."),
        "facts": {"rows": rows, "columns": columns, "names": names, "targets": table.targets is not None},
        "name": path.name,
        "notes": notes,
    }


def read_sound(path: Path, folder: Path, name: str) -> dict[str, Any]:
    """Leave the samples of a recording, float32 (time,), in `folder`.

    Raises:
        UserError: as `dlviz_models.data.wav.read_wav`.
    """
    sound = read_wav(path, name)
    np.save(folder / SOUND, sound.samples, allow_pickle=False)
    summary = f"A recording of {len(sound.samples) / sound.rate:.2f} s, {sound.rate:,} samples per second."
    facts = {"samples": len(sound.samples), "rate": sound.rate}
    return {"kind": "sound", "says": summary, "facts": facts}


def read_trees(path: Path, folder: Path) -> dict[str, Any]:
    """Leave the trees in `folder`: the words of each, and all children and labels end to end.

    Raises:
        UserError: as `dlviz_models.data.treebank.read_treebank`.
    """
    data = treebank.read_treebank(path)
    is_divided = data.whole is data.test
    parts = [data.train.samples, data.test.samples] if is_divided else [data.whole.samples]
    trees = [tree for part in parts for tree in part]
    np.save(folder / CHILDREN, np.concatenate([tree.children for tree in trees]), allow_pickle=False)
    np.save(folder / LABELS, np.concatenate([tree.target for tree in trees]), allow_pickle=False)
    (folder / TEXTS).write_text(json.dumps([[tree.words for tree in part] for part in parts]), "utf-8")
    return _counted("trees", "trees", data)


def _read_idx(files: Mapping[str, Path], folder: Path) -> dict[str, Any]:
    facts = {}
    for index, (array, path) in enumerate(files.items()):
        values = idx.read_idx(path)
        np.save(folder / f"{index}.npy", values, allow_pickle=False)
        facts[array] = {"shape": list(values.shape), "dtype": str(values.dtype)}
    listed = "; ".join(f"{array} {tuple(fact['shape'])}" for array, fact in facts.items())
    return {"kind": "idx", "says": f"Arrays of bytes in idx files: {listed}.", "facts": {"arrays": facts}}


def _folder(data: Data[Any]) -> dict[str, Any]:
    is_divided = data.whole is data.test
    parts = [data.train, data.test] if is_divided else [data.whole]
    assert all(isinstance(part, FolderPictures | FolderSounds) for part in parts)
    kind, things = ("sounds", "recordings") if isinstance(parts[0], FolderSounds) else ("pictures", "pictures")
    paths = [path for part in parts for path in part.paths]
    if len(paths) > MAX_PICTURES:
        raise Refused(f"holds more than {MAX_PICTURES:,} {things}; give a part of it")
    classes = parts[0].class_names
    if classes and len(classes) > MAX_CLASSES:
        raise Refused(f"has more than {MAX_CLASSES:,} classes; give a part of it")
    counts = " + ".join(f"{len(part):,}" for part in parts)
    names = None if classes is None else [shown(class_name, MAX_CLASS_NAME) for class_name in classes]
    notes = [[shown(note, MAX_NOTE) for note in part.notes] for part in parts]
    summary = f"A folder of {counts} {things}" + (
        ", without classes." if names is None else f" of {len(names):,} classes: {shown(', '.join(names), 150)}."
    )
    return {
        "kind": kind,
        "says": " ".join([summary, *dict.fromkeys(note for part in notes for note in part)]),
        "facts": {kind: [len(part) for part in parts], "classes": names, "notes": notes},
        "labels": [None if part.targets is None else part.targets.tolist() for part in parts],
        "name": shown(data.name),
        "paths": [str(path) for path in paths],
    }


def _texts(found: list[str], targets: list[str] | None, notes: list[str], path: Path, folder: Path) -> dict[str, Any]:
    (folder / TEXTS).write_text(json.dumps([found, targets]), "utf-8")
    data = texts.text_data(path.name, found, targets, tuple(notes))
    kind, what = ("texts", "texts") if targets is None or data.whole.class_names else ("pairs", "pairs of texts")
    return _counted(kind, what, data) | {"notes": notes}


def _counted(kind: str, what: str, data: Data[Any]) -> dict[str, Any]:
    counts = [len(data.train), len(data.test)]
    return {
        "kind": kind,
        "says": f"{counts[0]:,} {what} to train on and {counts[1]:,} to test on.",
        "facts": {"train": counts[0], "test": counts[1]},
        "name": shown(data.name),
    }
