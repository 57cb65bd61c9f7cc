"""From the kind of a file to its reader; each is imported only when needed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dlviz.inspect import archive
from dlviz.inspect.beside import class_names
from dlviz.inspect.made_by import is_document, read_document, with_requests
from dlviz.inspect.refusal import Refused, shown
from dlviz.inspect.sniff import kind_of, refuse_place


def read(path: Path, folder: Path, name: str, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Return the report on a file, what was taken from it being left in `folder`.

    The report has `kind`, `says` (one sentence) and `facts`; what else it has is for the parent.

    Raises:
        Refused, UserError: the file is not opened.
        Exception: whatever else a damaged file makes its reader stumble over.
    """
    report = with_requests(_read(path, folder, name, trust), path)
    if report["kind"] in ("keras", "h5", "savedmodel") and (found := class_names(path)):
        file, names = report["facts"]["classes_from"], report["facts"]["classes"] = found
        report["says"] += f" Beside it, {file} names {len(names):,} classes: {shown(', '.join(names), 60)}."
    return report


def _read(path: Path, folder: Path, name: str, trust: Sequence[str]) -> dict[str, Any]:
    refuse_place(path)
    if path.is_dir():
        return _read_set("folder", path, folder, name, trust)
    try:
        kind = kind_of(path)
    except Refused as refusal:
        if is_document(path):
            return read_document(path, str(refusal))
        raise
    match kind:
        case "idx" | "pairs" | "texts" | "table" | "sound" | "trees":
            return _read_set(kind, path, folder, name, trust)
        case "image":
            from dlviz.inspect.arrays import read_picture

            return read_picture(path, folder, name)
        case "lecture":
            from dlviz.inspect.lectures import read_lecture

            return read_lecture(path)
        case "npy":
            from dlviz.inspect.arrays import read_npy

            return read_npy(path, folder)
        case "hdf5":
            from dlviz.inspect.network_files import read_hdf5

            return read_hdf5(path, folder, trust)
        case "configuration":
            from dlviz.inspect.network_files import read_configuration

            return read_configuration(path, folder, trust)
        case "graph":
            from dlviz.inspect.savedmodel import read_graph

            return read_graph(path)
        case _:
            return _read_zip(path, folder, trust)


def _read_set(kind: str, path: Path, folder: Path, name: str, trust: Sequence[str]) -> dict[str, Any]:
    from dlviz.inspect import sets

    match kind:
        case "folder":
            return sets.read_folder(path, folder, trust)
        case "idx":
            return sets.read_idx_file(path, folder)
        case "pairs":
            return sets.read_pairs(path, folder)
        case "texts":
            return sets.read_texts(path, folder)
        case "table":
            return sets.read_table(path, folder)
        case "sound":
            return sets.read_sound(path, folder, name)
        case _:
            return sets.read_trees(path, folder)


def _read_zip(path: Path, folder: Path, trust: Sequence[str]) -> dict[str, Any]:
    with archive.opened(path) as opened:
        names = {member.orig_filename for member in opened.infolist()}
    if {"config.json", "metadata.json", "model.weights.h5"} & names:
        from dlviz.inspect.network_files import read_archive

        return read_archive(path, folder, trust)
    if any(name.endswith("data.pkl") for name in names):
        raise Refused(
            "is a PyTorch file, which dlviz does not read; rebuild the network in Keras, save it with "
            'model.save("name.keras") and open that'
        )
    if any(name.endswith("saved_model.pb") for name in names):
        raise Refused("is a packed SavedModel folder; open it where it was made and save it as .keras")
    if any(name.endswith(".npy") for name in names):
        from dlviz.inspect.arrays import read_npz

        return read_npz(path, folder)
    if "ppt/presentation.xml" in names:
        return read_document(path, "is a deck of slides that dlviz has not made; save its picture as PNG and open that")
    raise Refused("is a zip archive, but holds neither a Keras network nor arrays; unpack it and open a file inside")
