"""The short-lived process that looks into one file: no Keras, little memory, little time.

It is started as `main(path, folder, seconds)`, leaves `report.json` and what it found, cleaned, in the fresh private
folder, and writes nothing else.
"""

import json
import signal
import zipfile
from pathlib import Path
from typing import Any

from dlviz.inspect.refusal import Refused, shown
from dlviz.inspect.sniff import kind_of, refuse_place
from dlviz_models.errors import UserError

REPORT = "report.json"
MAX_MEMORY = 3 * 1024**3
MAX_WRITTEN = 16 * 1024**3
MAX_OPEN_FILES = 64
MAX_NAME = 80


def main(path: str, folder: str, seconds: str) -> None:
    """Look into the file at `path` and write the report: what it is, or the sentence that refuses it."""
    _limit(int(seconds))
    report = report_on(Path(path), Path(folder))
    Path(folder, REPORT).write_text(json.dumps(report), "utf-8")


def report_on(path: Path, folder: Path) -> dict[str, Any]:
    """Return the report on the file, or `{"refused": sentence}`."""
    name = shown(path.name, MAX_NAME)
    try:
        return _read(path, folder, name)
    except Refused as refusal:
        return {"refused": f"{name} {refusal}."}
    except UserError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {
            "refused": f"{name} needs more memory than {MAX_MEMORY // 1024**3} GiB to look into; open a smaller one."
        }
    except Exception as error:  # whatever a damaged file makes a reader stumble over
        kind = type(error).__name__
        return {"refused": f"{name} is damaged or not complete ({kind}); download or save it again."}


def _read(path: Path, folder: Path, name: str) -> dict[str, Any]:
    """Call the reader for the kind of file; each is imported only when needed."""
    refuse_place(path)
    kind = kind_of(path)
    if kind == "image":
        from dlviz.inspect.arrays import read_picture

        return read_picture(path, folder, name)
    if kind == "npy":
        from dlviz.inspect.arrays import read_npy

        return read_npy(path, folder)
    if kind == "hdf5":
        from dlviz.inspect.networks import read_hdf5

        return read_hdf5(path, folder)
    return _read_zip(path, folder)


def _read_zip(path: Path, folder: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        names = {member.orig_filename for member in archive.infolist()}
    if {"config.json", "metadata.json", "model.weights.h5"} & names:
        from dlviz.inspect.networks import read_archive

        return read_archive(path, folder)
    if any(name.endswith("data.pkl") for name in names):
        raise Refused(
            "is a PyTorch file, which dlviz does not read; rebuild the network in Keras, save it with "
            'model.save("name.keras") and open that'
        )
    if any(name.endswith(".npy") for name in names):
        from dlviz.inspect.arrays import read_npz

        return read_npz(path, folder)
    if any(name.endswith("saved_model.pb") for name in names):
        raise Refused("is a packed SavedModel folder; open it where it was made and save it as .keras")
    raise Refused("is a zip archive, but holds neither a Keras network nor arrays; unpack it and open a file inside")


def _limit(seconds: int) -> None:
    """Bound memory, time, written bytes and open files where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the parent's deadline stands alone
        return
    signal.alarm(seconds + 5)
    limits = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: MAX_MEMORY,
        resource.RLIMIT_FSIZE: MAX_WRITTEN,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        hard = resource.getrlimit(limit)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(limit, (most, most))
        except (ValueError, OSError):  # macOS knows some limits by name only
            continue
