"""Data sets in `.npz` files of numpy arrays of any shape and number type."""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dlviz_models.data.arrays import ArrayNumbers, SeveralSamples
from dlviz_models.data.parts import Data
from dlviz_models.data.pictures import ArrayPictures
from dlviz_models.data.pixels import as_pixels
from dlviz_models.data.roles import CLASS_NAMES, COLUMN_NAMES, NAMED, Roles, divided, roles_of
from dlviz_models.data.samples import ListedSamples, Numbers, Picture, Samples, Text, target_of
from dlviz_models.data.targets import Targets, targets_in
from dlviz_models.errors import UserError

MAX_BYTES = 2 * 1024**3


def read_npz(path: Path, name: str | None = None, class_names: tuple[str, ...] | None = None) -> Data[Any]:
    """Read a data set from an `.npz`, as `data_in` finds it there.

    Raises:
        UserError: not such a file, above 2 GiB unpacked, pickled objects, missing arrays, wrong shapes or values.
    """
    return data_in(read_arrays(path), name or path.name, class_names)


def data_in(
    arrays: Mapping[str, np.ndarray],
    name: str,
    class_names: tuple[str, ...] | None = None,
    inputs: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
) -> Data[Any]:
    """Return the samples, targets and class names among the arrays, recognised by their names, shapes and values.

    Args:
        arrays: by name; those of samples and targets are (n, ...).
        inputs: the kind of sample that each input of a network takes, by its name, where these are known.
        notes: what was already noted when the file was read.

    Raises:
        UserError: no samples are found, or arrays do not fit together.
    """
    inputs = inputs or {}
    parts = divided(arrays)
    class_names = _texts(arrays, parts, CLASS_NAMES) or class_names
    columns = _texts(arrays, parts, COLUMN_NAMES) or ()
    test = next((part for part in ("test", "validation") if part in parts), "")
    train = "train" if "train" in parts or not parts.get("", {}).keys() - NAMED else ""
    chosen = [part for part in dict.fromkeys((train, test)) if part in parts] or [""]
    lengths = {key: len(array) if array.ndim else -1 for key, array in arrays.items()}
    roles = [roles_of(parts.get(part, {}), lengths, list(inputs), name) for part in chosen]
    return _data(arrays, roles, name, class_names, columns, inputs, notes)


def _data(
    arrays: Mapping[str, np.ndarray],
    roles: Sequence[Roles],
    name: str,
    class_names: tuple[str, ...] | None,
    columns: tuple[str, ...],
    inputs: Mapping[str, str],
    notes: tuple[str, ...],
) -> Data[Any]:
    counts = [lengths_of({key: arrays[key] for key in role.inputs.values()}, name) for role in roles]
    found = [
        arrays[role.targets[""]] if "" in role.targets else {out: arrays[key] for out, key in role.targets.items()}
        for role in roles
    ]
    called = [f"{role.targets['']} in {name}" if "" in role.targets else name for role in roles]
    targets = targets_in([None if isinstance(f, dict) and not f else f for f in found], counts, class_names, called)
    notes = (*notes, *targets.notes)
    sets = []
    for number, role in enumerate(roles):
        of = f"{name}/train" if number == 0 and len(roles) == 2 else name
        parts = {
            given: samples_in(
                arrays[key], of, _kind(inputs, given), targets if len(role.inputs) == 1 else None, number, columns,
                notes, f"{key} in {name}",
            )
            for given, key in role.inputs.items()
        }  # fmt: skip
        whole = next(iter(parts.values()))
        if len(parts) > 1:
            more = dict.fromkeys([*notes, *(note for part in parts.values() for note in part.notes)])
            whole = SeveralSamples(of, parts, targets.parts[number], targets.class_names, tuple(more))
        sets.append(whole)
    if len(sets) == 1:
        return Data.undivided(name, sets[0])
    return Data.divided(name, *sets)


def samples_in(
    values: np.ndarray,
    name: str,
    kind: str | None = None,
    targets: Targets | None = None,
    part: int = 0,
    columns: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
    called: str = "",
) -> Samples:
    """Return the samples that one array (n, ...) holds.

    Args:
        kind: of samples, where it is known what the network takes; else it follows from the values.
        called: how messages call the array.

    Raises:
        UserError: it is empty, or neither numbers nor texts.
    """
    if not values.size or not values.ndim:
        raise UserError(f"{called} holds no pictures or other samples; its shape is {values.shape}.")
    targets = targets or Targets((None,) * (part + 1))
    classes, true = targets.class_names, targets.parts[part]
    if values.dtype.kind in "SU":
        texts = [text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text) for text in values.ravel()]
        listed = [Text(text, target=target_of(true, number)) for number, text in enumerate(texts)]
        return ListedSamples(name, Text.kind, listed, classes, notes)
    if values.dtype.kind not in "biufc":
        raise UserError(f"{called} is of type {values.dtype}; samples are numbers or texts.")
    pixels = as_pixels(values, called, certain=kind is not None) if kind in (None, Picture.kind) else None
    if pixels is None:
        values = values[:, None] if values.ndim == 1 else values
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            notes = (*notes, f"{called} holds NaN or infinite numbers.")
        columns = columns if len(columns) == values.shape[-1] else ()
        return ArrayNumbers(name, values, true, classes, columns, notes)
    labels = targets.labels(part)
    others = true if labels is None else None
    return ArrayPictures(name, pixels.values, labels, classes, others, (*notes, *pixels.notes), pixels.range)


def lengths_of(arrays: Mapping[str, np.ndarray], name: str) -> int:
    """Return the number n of samples of arrays (n, ...) that belong together; UserError where they differ."""
    lengths = {key: len(array) for key, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{key} {length}" for key, length in lengths.items())[:150]
        raise UserError(f"{name} holds different numbers of samples: {listed}; give as many of each.")
    return next(iter(lengths.values()))


def _kind(inputs: Mapping[str, str], given: str) -> str | None:
    """Return the kind of sample that an input takes, where it is known and an array can be of it."""
    kind = inputs.get(given) if given else next(iter(inputs.values()), None) if len(inputs) == 1 else None
    return kind if kind in (Picture.kind, Numbers.kind) else None


def _texts(
    arrays: Mapping[str, np.ndarray], parts: Mapping[str, Mapping[str, str]], names: Sequence[str]
) -> tuple[str, ...] | None:
    """Return the texts of the array of one of these names; "classes" also, where it holds texts."""
    keys = [key for part in parts.values() for role, key in part.items() if role in names]
    return tuple(str(text)[:200] for text in arrays[keys[0]].astype("U").ravel()) if keys else None


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays, of any shape, of a file by name.

    Raises:
        UserError: not such a file, above 2 GiB unpacked, or pickled objects.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_BYTES:
            raise UserError(f"{path} unpacks to {size / 1024**3:.1f} GiB; at most 2 GiB are read, so store fewer.")
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist; give the path of an .npz file.") from error
    except ValueError as error:
        raise UserError(
            f"{path} holds Python objects or damaged arrays; save plain number arrays with numpy.savez."
        ) from error
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, zlib.error) as error:
        raise UserError(f"{path} is not an .npz file, or is damaged; write it again with numpy.savez.") from error
