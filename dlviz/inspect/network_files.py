"""Networks in files: Keras's archives, HDF5 files with a configuration in them, and weights alone."""

import json
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py

from dlviz.inspect import archive, keras1, vocabulary
from dlviz.inspect.config import Cleaner
from dlviz.inspect.hdf5 import copy_weights, read_text
from dlviz.inspect.listing import by_path, in_order, of_configuration
from dlviz.inspect.losses import compiled_with
from dlviz.inspect.modern import relinked
from dlviz.inspect.older_weights import modernise
from dlviz.inspect.paths import is_network, layers_of, rename
from dlviz.inspect.refusal import Refused, shown
from dlviz.inspect.shapes import LEGACY_GROUP, check_legacy_shapes, check_shapes

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MAX_CONFIG = 64 * 1024**2
MAX_PARTS = 1_000_000
MAX_METADATA = 1024**2
CARD = "dlviz"
CONFIGURATION = "configuration"

CLEAN_CONFIG = "config.json"
CLEAN_WEIGHTS = "clean.weights.h5"
CLEAN_LEGACY_WEIGHTS = "clean.h5"


def read_archive(path: Path, folder: Path, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Check the `.keras` archive, leave its clean configuration and weights in `folder`, return the report.

    Raises:
        Refused: any member, layer or array is not what it should be.
    """
    with archive.opened(path) as opened:
        members = _members(opened)
        metadata = _json(_unpacked(opened, members[METADATA], MAX_METADATA), METADATA)
        version = metadata.get("keras_version") if isinstance(metadata, dict) else None
        cleaner, config = cleaned(_unpacked(opened, members[CONFIG], MAX_CONFIG), trust, version)
        vocabularies = {
            name: vocabulary.words(_unpacked(opened, member, vocabulary.MAX_BYTES), name)
            for name, member in members.items()
            if name.startswith(vocabulary.FOLDER)
        }
        raw = folder / "raw.h5"
        with opened.open(members[WEIGHTS]) as packed, raw.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked, 1024**2)
    with h5py.File(raw, "r") as weights:
        shapes = copy_weights(weights, folder / CLEAN_WEIGHTS, raw.stat().st_size)
    raw.unlink()
    check_shapes(config, shapes)
    vocabulary.hand_over(config, vocabularies, folder / CLEAN_WEIGHTS)
    rename(folder / CLEAN_WEIGHTS, config)
    found = report("keras", cleaner, config, shapes, version, folder) | {"arrays": by_path(config, shapes)}
    card = metadata.get(CARD) if isinstance(metadata, dict) else None
    found["facts"]["card"] = card if isinstance(card, dict) else None
    return found


def read_hdf5(path: Path, folder: Path, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Check the HDF5 file, leave what `read_archive` leaves in `folder` (of weights alone, no configuration).

    Raises:
        Refused: as `read_archive`; or the file holds neither a network nor weights.
    """
    with h5py.File(path, "r") as file:
        text = read_text(file, "model_config")
        version, backend = read_text(file, "keras_version"), read_text(file, "backend")
        legacy = "layer_names" in file.attrs or "layer_names0" in file.attrs
        if text is None:
            if not (legacy or {"layers", "_layer_checkpoint_dependencies", "vars"} & set(file)):
                raise Refused("is an HDF5 file without a Keras network in it; save one with model.save")
            name = CLEAN_LEGACY_WEIGHTS if legacy else CLEAN_WEIGHTS
            shapes = copy_weights(file, folder / name, path.stat().st_size)
            if legacy and major_of(version) < 3:
                modernise(folder / name, backend, cudnn_layout=True)
            return {
                "kind": "weights",
                "arrays": _in_order(folder / name) if legacy else by_path(None, shapes),
                "says": f"Weights without their network: {_numbers(shapes):,} numbers in {len(shapes)} arrays.",
                "facts": {"weights": _numbers(shapes), "arrays": len(shapes)},
                "weights": name,
            }
        if not isinstance(file.get(LEGACY_GROUP, getlink=True), h5py.HardLink):
            raise Refused("holds a network without its weights; save it again with model.save")
        cleaner, config = cleaned(text.encode(), trust, version)
        compiled = read_text(file, "training_config") or "null"
        cleaner.losses = compiled_with(_json(compiled.encode(), "training_config"))
        shapes = copy_weights(file[LEGACY_GROUP], folder / CLEAN_LEGACY_WEIGHTS, path.stat().st_size)
    if major_of(version) < 2 and (rewritten := keras1.rewrite(folder / CLEAN_LEGACY_WEIGHTS, config)) is not None:
        shapes = {LEGACY_GROUP + path: shape for path, shape in rewritten.items()}
    check_legacy_shapes(config, shapes)
    notes = (
        modernise(folder / CLEAN_LEGACY_WEIGHTS, backend, "DTypePolicy" not in text) if major_of(version) < 3 else []
    )
    arrays = _in_order(folder / CLEAN_LEGACY_WEIGHTS)
    return report("h5", cleaner, config, shapes, version, folder, notes) | {"arrays": arrays}


def read_configuration(path: Path, folder: Path, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Check the text that `to_json` gives of a network, leave the clean configuration in `folder`, return the report.

    Raises:
        Refused: as `read_archive`.
    """
    if path.stat().st_size > MAX_CONFIG:
        raise Refused(f"has a configuration of more than {MAX_CONFIG // 1024**2} MiB; save a smaller network")
    content = path.read_bytes()
    node = _json(content, "configuration")
    written = node if isinstance(node, dict) else {}
    version = written.get("keras_version", "3" if "module" in written else None)  # which Keras 3 does not tell
    cleaner, config = cleaned(content, trust, version)
    found = report(CONFIGURATION, cleaner, config, {}, version, folder)
    summary = found["says"].replace("0 numbers in its weights", "without its weights")
    step = f"`dlviz inspect NAME.weights.h5 --with {shown(path.name, 80)} --out new.keras` adds weights to it."
    return found | {"arrays": of_configuration(config), "says": f"{summary} {step}"}


def _in_order(weights: Path) -> dict[str, Any]:
    with h5py.File(weights, "r") as file:
        return in_order(file)


def _members(opened: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for member in opened.infolist():
        name = member.filename
        if name == "assets/" and member.file_size == 0:
            continue
        archive.check(member, vocabulary.MAX_BYTES if vocabulary.is_vocabulary(name) else 0)
        if name.startswith(vocabulary.FOLDER) and not vocabulary.is_vocabulary(name):
            raise Refused(
                f"carries the extra file “{shown(name)}”, but vocabularies are the only assets that dlviz reads; "
                "save it without that layer"
            )
        if name not in (CONFIG, METADATA, WEIGHTS) and not vocabulary.is_vocabulary(name):
            raise Refused(f"holds “{shown(name)}”, which does not belong in a .keras file; save the network again")
        if name in members:
            raise Refused(f"holds {name} twice; save the network again")
        members[name] = member
    for name in (METADATA, CONFIG, WEIGHTS):
        if name not in members:
            raise Refused(f"has no {name}, so part of the network is missing; download or save it again")
    return members


def _unpacked(opened: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    if member.file_size > most:
        raise Refused(f"has a {member.filename} of more than {most // 1024**2} MiB; save a smaller network")
    return opened.read(member)


def _json(content: bytes, name: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused(f"has a {name} that cannot be read as JSON; download or save it again") from error


def cleaned(content: bytes, trust: Sequence[str], version: object) -> tuple[Cleaner, dict[str, Any]]:
    """Return the clean configuration of a network, and who cleaned it.

    Args:
        version: that of the Keras that wrote it, None where it is not told.

    Raises:
        Refused: it is too large, not JSON, or names what is not allowed.
    """
    if len(content) > MAX_CONFIG:
        raise Refused(f"has a configuration of more than {MAX_CONFIG // 1024**2} MiB; save a smaller network")
    if content.count(b"[") + content.count(b"{") > MAX_PARTS:
        raise Refused(f"has a configuration of more than {MAX_PARTS:,} parts; save a smaller network")
    cleaner = Cleaner(trust, major_of(version))
    config = _json(content, "configuration")
    if isinstance(config, dict):
        cleaner.losses = compiled_with(config.get("compile_config"))
    return cleaner, cleaner.network(config)


def major_of(version: object) -> int:
    """Return the first number of a version of Keras, 1 for those before it and for files that do not tell."""
    major = version.partition(".")[0] if isinstance(version, str) else ""
    return max(1, int(major)) if major.isdecimal() else 1


def _numbers(shapes: dict[str, tuple[int, ...]]) -> int:
    total = 0
    for shape in shapes.values():
        size = 1
        for length in shape:
            size *= int(length)
        total += size
    return total


def _inputs(config: dict[str, Any]) -> list[Any]:
    """Return the shapes of the input layers, None for a size left open."""
    inputs = [layer for layer in layers_of(config) if layer["class_name"] == "InputLayer"]
    return [layer["config"].get("batch_shape") for layer in inputs]


def _layers(config: dict[str, Any]) -> int:
    """Return how many layers the network has, those of networks in it instead of these and without their inputs."""
    layers = layers_of(config)
    nested = [layer for layer in layers if is_network(layer)]
    return len(layers) - len(nested) + sum(_layers(layer) - len(_inputs(layer)) for layer in nested)


def report(
    kind: str,
    cleaner: Cleaner,
    config: dict[str, Any],
    shapes: dict[str, Any],
    version: Any,
    folder: Path,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Leave the clean configuration in `folder` and return the report on a network of that kind of file.

    Args:
        notes: more sentences that a user should read.
    """
    (folder / CLEAN_CONFIG).write_text(json.dumps(relinked(config)), "utf-8")
    name = shown(config["config"].get("name", ""))
    saved = f", saved by Keras {shown(version, 20)}" if isinstance(version, str) else ""
    trusted = sorted(cleaner.trusted)
    using = f", with the trusted {', '.join(trusted)}" if trusted else ""
    layers = _layers(config)
    many = "1 layer" if layers == 1 else f"{layers:,} layers" if is_network(config) else "a subclassed network"
    numbers = _numbers(shapes)
    return {
        "kind": kind,
        "says": f"The Keras network “{name}”: {many}, {numbers:,} numbers in its weights{saved}{using}."
        + "".join(f" {note}" for note in notes),
        "facts": {
            "name": name,
            "class": config["class_name"],
            "layers": layers,
            "weights": numbers,
            "inputs": _inputs(config),
            "keras_version": shown(version, 20) if isinstance(version, str) else None,
            "trusted": trusted,
            "notes": list(notes),
            "losses": cleaner.losses,
        },
        "weights": CLEAN_WEIGHTS if kind == "keras" else CLEAN_LEGACY_WEIGHTS,
        "imports": sorted(cleaner.imports),
    }
