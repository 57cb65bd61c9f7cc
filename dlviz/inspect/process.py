"""The process that looks into a file, as its parent sees it."""

import json
import math
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

import dlviz
import dlviz_models
from dlviz.inspect.child import MAX_NAME
from dlviz.inspect.refusal import Refused, shown
from dlviz.inspect.sniff import refuse_place
from dlviz_models.errors import UserError
from dlviz_models.files import private_folder

PICTURE_TIMEOUT = 30.0
MAX_PIXEL_BYTES = 3 * 40_000_000
MAX_SOUND_BYTES = 4 * 30_000_000
MAX_ANSWER = 256 * 1024**2
FOLDER = "dlviz-inspect-"
"""How the names of the private folders begin."""
_NO_FOLDER = "no temporary folder can be created; free some space, or let TMPDIR name another place"

_START = (
    "import sys; sys.path[:0] = [path for path in sys.argv[1:3] if path not in sys.path]; "
    "from dlviz.inspect.child import main; main(*sys.argv[3:])"
)
_ROOTS = [str(Path(str(package.__file__)).parents[1]) for package in (dlviz, dlviz_models)]
_SURROUNDINGS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "HDF5_PLUGIN_PRELOAD": "::",  # HDF5 loads no filters from elsewhere
}


class Child:
    """A process that has looked into one file, and the private folder with what it took from there.

    It lives until `close` or until this process ends, however that may happen, and takes the folder with it.

    Attributes:
        report: what the file is.
        folder: holds what the report names.
    """

    def __init__(self, path: str | os.PathLike[str], timeout: float, trust: Sequence[str] = ()) -> None:
        """Look into the file.

        Args:
            timeout: seconds after which the process is ended.
            trust: "module:Class" of the custom classes that the file may name.

        Raises:
            UserError: the file is refused, or the process ended without a report.
        """
        path = Path(path)
        self.name = shown(path.name, MAX_NAME)
        self._asking = threading.Lock()
        try:
            refuse_place(path)
        except Refused as refusal:
            raise UserError(f"{self.name} {refusal}.") from refusal
        self._place = ExitStack()
        try:
            self.folder = self._place.enter_context(private_folder(Path(tempfile.gettempdir()), FOLDER))
        except OSError as error:
            raise UserError(f"{self.name} cannot be inspected: {_NO_FOLDER}.") from error
        arguments = [*_ROOTS, str(path.absolute()), str(self.folder), str(int(timeout) + 1), *trust]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | _SURROUNDINGS,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            with self._deadline(timeout, f"{self.name} took longer than {timeout:g} s to look into"):
                self.report = self._answer()
        except BaseException:
            self.close()
            raise

    @property
    def lives(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def pictures(self, numbers: Sequence[int]) -> list[np.ndarray | UserError]:
        """Return pictures of a folder, each uint8 (height, width, channel) or why it is refused; they are decoded while
        the first ones are read.

        Raises:
            UserError: the process broke off.
        """
        answers = self._asked(numbers, np.dtype(np.uint8), MAX_PIXEL_BYTES)
        return [answer if isinstance(answer, UserError) else answer[1] for answer in answers]

    def sound(self, number: int) -> tuple[np.ndarray, int]:
        """Return a recording of a folder, float32 (time,), and its samples per second.

        Raises:
            UserError: it is refused, or the process broke off.
        """
        (found,) = self._asked([number], np.dtype(np.float32), MAX_SOUND_BYTES)
        if isinstance(found, UserError):
            raise found
        answer, samples = found
        return samples, int(answer["rate"])

    def _asked(
        self, numbers: Sequence[int], dtype: np.dtype[Any], most: int
    ) -> list[tuple[dict[str, Any], np.ndarray] | UserError]:
        """Return what the process answers for each number, and the array after it, of at most so many bytes."""
        what = f"A file of {self.name} takes too long to decode"
        with self._asking, self._deadline(PICTURE_TIMEOUT * len(numbers), what):
            with suppress(OSError):  # that it is gone is noticed when the answer is read
                self._input.write("".join(f"{number}\n" for number in numbers).encode())
                self._input.flush()
            return [self._array(dtype, most) for _ in numbers]

    def close(self) -> None:
        """End the process and remove the folder."""
        with suppress(OSError):
            self._input.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()
        self._place.close()

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _array(self, dtype: np.dtype[Any], most: int) -> tuple[dict[str, Any], np.ndarray] | UserError:
        try:
            answer = self._answer()
        except UserError as error:
            if not self.lives:
                raise
            return error
        size = math.prod(answer["shape"]) * dtype.itemsize
        if not 0 < size <= most:
            raise UserError(self._broken())
        content = bytearray(size)
        if self._output.readinto(content) < size:  # type: ignore[attr-defined]
            raise UserError(self._broken())
        return answer, np.frombuffer(content, dtype).reshape(answer["shape"])

    def _answer(self) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(self._output.readline(MAX_ANSWER))
        except ValueError as error:
            self._process.kill()
            self._process.wait()
            raise UserError(self._broken()) from error
        if "refused" in answer:
            raise UserError(answer["refused"])
        return answer

    def _broken(self) -> str:
        return f"{self.name} is damaged: the process looking into it broke off; download it again."

    @contextmanager
    def _deadline(self, seconds: float, what: str) -> Iterator[None]:
        """End the process if the block takes longer."""
        timer = threading.Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        except UserError as error:
            if timer.finished.is_set():
                raise UserError(f"{what}; open a smaller file.") from error
            raise
        finally:
            timer.cancel()


@contextmanager
def looked_into(
    path: str | os.PathLike[str], timeout: float, trust: Sequence[str] = ()
) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield the report on the file and the private folder with what was taken from it; the folder goes afterwards.

    Raises:
        UserError: as `Child`.
    """
    child = Child(path, timeout, trust)
    try:
        yield child.report, child.folder
    finally:
        child.close()
