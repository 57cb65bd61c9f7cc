"""Starting the process that looks into a file, and taking what it leaves."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dlviz
import dlviz_models
from dlviz.inspect.child import MAX_NAME, REPORT
from dlviz.inspect.refusal import Refused, shown
from dlviz.inspect.sniff import refuse_place
from dlviz_models.errors import UserError

_START = (
    "import sys; sys.path[:0] = [path for path in sys.argv[4:] if path not in sys.path]; "
    "from dlviz.inspect.child import main; main(*sys.argv[1:4])"
)
_ROOTS = list(dict.fromkeys(str(Path(str(package.__file__)).parents[1]) for package in (dlviz, dlviz_models)))
_SURROUNDINGS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "HDF5_PLUGIN_PRELOAD": "::",  # HDF5 loads no filters from elsewhere
}


@contextmanager
def looked_into(path: str | os.PathLike[str], timeout: float) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield the report on the file and the private folder with what was taken from it; the folder goes afterwards.

    Args:
        timeout: seconds after which the process is ended.

    Raises:
        UserError: the file is refused, or the process ended without a report.
    """
    path = Path(path)
    name = shown(path.name, MAX_NAME)
    try:
        refuse_place(path)
    except Refused as refusal:
        raise UserError(f"{name} {refusal}.") from refusal
    with tempfile.TemporaryDirectory(prefix="dlviz-", ignore_cleanup_errors=True) as folder:
        yield _report(path, Path(folder), timeout, name), Path(folder)


def _report(path: Path, folder: Path, timeout: float, name: str) -> dict[str, Any]:
    arguments = [str(path.absolute()), str(folder), str(int(timeout) + 1), *_ROOTS]
    try:
        subprocess.run(
            [sys.executable, "-I", "-c", _START, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | _SURROUNDINGS,
            timeout=timeout,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{name} took longer than {timeout:g} s to look into; open a smaller file.") from error
    try:
        report = json.loads((folder / REPORT).read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(f"{name} is damaged: the process looking into it broke off; download it again.") from error
    if "refused" in report:
        raise UserError(report["refused"])
    return report
