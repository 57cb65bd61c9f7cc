"""A coverage-guided fuzzer over what looks into files: `uv run --group fuzz python benchmarks/fuzz_inspector.py`.

It changes the tests' valid and hostile files at random, keeps what reaches new code, and stops at the first file that
leaves the inspection otherwise than by a report: with an error that is not foreseen, without end, or with more memory
than allowed. What is found is left in the folder given, and belongs into the tests. Uses atheris, Google's fuzzer.
"""

import argparse
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "models")]

import atheris  # noqa: E402

with atheris.instrument_imports(include=["dlviz.inspect", "dlviz_models.data", "zipfile", "gzip", "PIL"]):
    from dlviz.inspect import archive, arrays, child, config, hdf5, network_files, protobuf, savedmodel, sets  # noqa: F401
    from dlviz.inspect.read import read
    from dlviz.inspect.refusal import Refused
    from dlviz_models.errors import UserError

from tests.dlviz import hostile, hostile_data, hostile_networks  # noqa: E402

SECONDS_A_FILE = 5
HDF5 = b"\x89HDF"
"""Left out: damaged ones send HDF5's library round in circles, which `dlviz.inspect.child` ends after 1.4 s."""
MAX_SEED = 200_000


def seeds(folder: Path) -> None:
    """Write the small ones of the tests' files, and some valid ones."""
    work = Path(tempfile.mkdtemp())
    for number, (make, _) in enumerate((hostile_networks.REFUSED | hostile_data.REFUSED).values()):
        (work / str(number)).mkdir()
        path = make(work / str(number), work / "marker")
        if (
            not path.is_symlink()
            and path.is_file()
            and 0 < path.stat().st_size < MAX_SEED
            and path.is_relative_to(work)
        ):
            shutil.copy(path, folder / f"hostile{number}")
    hostile.good_keras(work).rename(folder / "good.keras")
    (folder / "weights.h5").write_bytes(hostile.weights())
    (folder / "graph.pb").write_bytes(hostile_data.graph(hostile_data.node("MatMul"), functions={"f": []}))
    (folder / "pairs.tsv").write_bytes(b"one\teins\ntwo\tzwei\n")
    (folder / "trees.txt").write_bytes(b"(3 (2 It) (4 (2 's) (4 great)))\n")
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        (folder / f"picture.{kind}").write_bytes(hostile_data.encoded(kind))
    shutil.rmtree(work)


class Target:
    """Looks into one file's content; errors of damaged files are what the child reports as such."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "file"
        self.found = folder / "found"

    def __call__(self, content: bytes) -> None:
        if content.startswith(HDF5):
            return
        self.file.write_bytes(content)
        self.found.mkdir()
        try:
            report = read(self.file, self.found, "file")
            assert report["says"].isprintable(), report["says"]
            assert {"kind", "says", "facts"} <= report.keys()
        except (Refused, UserError, MemoryError):
            pass
        except (AssertionError, NameError, AttributeError, RecursionError):
            raise  # these are mistakes of the inspection, whatever the file
        except Exception:
            pass  # what libraries raise over damaged files, which the child reports as such
        finally:
            shutil.rmtree(self.found)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz the inspection of files for a bounded time.")
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--out", default="fuzz-finds", help="the folder for what is found")
    given = parser.parse_args()
    logging.disable()
    out = Path(given.out).absolute()
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        seeds(corpus)
        os.chdir(folder)
        options = [f"-max_total_time={given.seconds}", f"-timeout={SECONDS_A_FILE}", "-rss_limit_mb=1024"]
        options += [f"-artifact_prefix={out}/", f"-max_len={MAX_SEED}", "-close_fd_mask=1", str(corpus)]
        atheris.Setup([sys.argv[0], *options], Target(Path(folder)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
