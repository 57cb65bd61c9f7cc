"""The short-lived process that looks into one file: no Keras, little memory, little time.

It is started as `main(path, folder, seconds, *trust)`, answers with one line of JSON, leaves what it found, cleaned, in
the fresh private folder, and writes nothing else. Of a folder of pictures or recordings it then decodes those whose
numbers it is asked for. It ends when its standard input does, which is also when its parent dies, and takes the folder
with it.
"""

import errno
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from dlviz.inspect.refusal import Refused, shown
from dlviz_models.errors import UserError

MAX_MEMORY = 500 * 1024**2
MAX_ADDRESSES = 4 * 1024**3
MAX_WRITTEN = 16 * 1024**3
MAX_OPEN_FILES = 64
MAX_NAME = 80
MAX_SENTENCE = 400
PICTURE_SECONDS = 25
A_SECOND = 1024**2
"""Bytes of an archive or HDF5 file that are read in much less than a second."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) if hasattr(errno, "EDQUOT") else (errno.ENOSPC, errno.EFBIG)


def main(path: str, folder: str, seconds: str, *trust: str) -> None:
    """Look into the file at `path`, report what it is or the sentence that refuses it, and answer what is asked then.

    Args:
        trust: "module:Class" of the custom classes that the file may name; they are not imported here.
    """
    numbers = _requests(Path(folder))
    answers = _private_output()
    limit(int(seconds))
    place, name = os.path.split(path)
    os.chdir(place)  # so that sentences name the file and not its folders
    _limit_computing(_patience(Path(name), int(seconds)))
    report = report_on(Path(name), Path(folder), trust)
    _limit_computing(0)
    paths, kind = report.pop("paths", []), report.get("kind", "")
    _send(answers, report)
    _alarm(0)
    while True:
        _answer(paths[numbers.get()], kind, answers)


def report_on(path: Path, folder: Path, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Return the report on the file, or `{"refused": sentence}`."""
    from dlviz.inspect.read import read

    name = shown(path.name, MAX_NAME)
    try:
        return read(path, folder, name, trust)
    except Refused as refusal:
        return {"refused": f"{name} {refusal}."}
    except UserError as error:
        return {"refused": shown(error, MAX_SENTENCE)}
    except MemoryError:
        return {
            "refused": f"{name} needs more memory than {MAX_MEMORY // 1024**2} MiB to look into; open a smaller one."
        }
    except Exception as error:  # whatever a damaged file makes a reader stumble over
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return {"refused": f"{name} does not fit into the temporary folder; free some space there."}
        kind = type(error).__name__
        return {"refused": f"{name} is damaged or not complete ({kind}); download or save it again."}


def limit(seconds: int) -> None:
    """Bound memory, time, written bytes and open files of this process where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the parent's deadline stands alone
        return
    _alarm(seconds + 5)
    limits = {
        resource.RLIMIT_DATA: MAX_MEMORY,
        resource.RLIMIT_AS: MAX_ADDRESSES,
        resource.RLIMIT_FSIZE: MAX_WRITTEN,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):  # macOS knows some limits by name only
            continue


def _patience(path: Path, seconds: int) -> float:
    """Return how many seconds a reader may compute: archives, HDF5 files and SavedModels are read at once if small.

    Damaged HDF5 files send their library round in circles.
    """
    if (path / "saved_model.pb").is_file():
        described = [path / "saved_model.pb", path / "keras_metadata.pb", *path.glob("variables/*.index")]
        weights = path.glob("variables/*.data-*")
        return 1.4 + 2 * _bytes(described) / A_SECOND + _bytes(weights) / (100 * A_SECOND)
    if not path.is_file():
        return seconds
    with path.open("rb") as file:
        head = file.read(4)
    at_once = head in (b"PK\3\4", b"\x89HDF") or head.startswith(b"\x08\x01\x12")
    return 1.4 + path.stat().st_size / A_SECOND if at_once else seconds


def _bytes(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files if file.is_file())


def _limit_computing(seconds: float) -> None:
    """Have the system end this process once it has computed for so long; 0 takes that back."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _requests(folder: Path) -> "SimpleQueue[int]":
    """Return the numbers that come in on standard input; at its end the folder and the process go."""
    numbers: SimpleQueue[int] = SimpleQueue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            numbers.put(int(line))
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    return numbers


def _private_output() -> IO[bytes]:
    """Return standard output for the answers alone; what libraries print goes nowhere."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return private


def _answer(path: str, kind: str, answers: IO[bytes]) -> None:
    """Send the shape and content of one picture or recording, or why it is refused."""
    name = shown(os.path.join(*Path(path).parts[1:]) if len(Path(path).parts) > 1 else path, MAX_NAME)
    _alarm(PICTURE_SECONDS)
    try:
        answer, content = _decoded(path, kind, name)
    except UserError as error:
        _send(answers, {"refused": shown(error, MAX_SENTENCE)})
    except MemoryError:
        _send(answers, {"refused": f"{name} needs too much memory; remove it."})
    else:
        _send(answers, answer, content)
    _alarm(0)


def _decoded(path: str, kind: str, name: str) -> tuple[dict[str, Any], bytes]:
    if kind == "sounds":
        from dlviz_models.data.wav import read_wav

        sound = read_wav(Path(path), name)
        return {"shape": sound.samples.shape, "rate": sound.rate}, sound.samples.tobytes()
    from dlviz_models.data.image import read_image

    pixels = read_image(path, name)
    return {"shape": pixels.shape}, pixels.tobytes()


def _send(answers: IO[bytes], answer: dict[str, Any], more: bytes = b"") -> None:
    answers.write(json.dumps(answer).encode() + b"\n" + more)
    answers.flush()


def _alarm(seconds: int) -> None:
    """Have the system end this process after so many seconds; 0 takes that back."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)
