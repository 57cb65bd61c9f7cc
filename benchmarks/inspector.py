"""How long broken and hostile files take to be refused, and with how much memory: `python benchmarks/inspector.py`.

Every file of the tests' corpus is looked into as a user's is, by a process of its own, one after the other.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "models")]

from dlviz.inspect import inspect_file  # noqa: E402
from dlviz.inspect.data import load_data  # noqa: E402
from dlviz_models.data.datasets import open_dataset  # noqa: E402
from dlviz_models.errors import UserError  # noqa: E402
from tests.dlviz import hostile_data, hostile_networks  # noqa: E402


def refused() -> None:
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (case, (make, _)) in enumerate((hostile_networks.REFUSED | hostile_data.REFUSED).items()):
            (Path(folder) / str(number)).mkdir()
            path = make(Path(folder) / str(number), Path(folder) / "marker")
            start = time.perf_counter()
            try:
                print(f"{case}: opens! {inspect_file(path).summary}")
            except UserError:
                seconds[case] = time.perf_counter() - start
        assert not Path(folder, "marker").exists()
    slowest = max(seconds, key=lambda case: seconds[case])
    print(f"{len(seconds)} files refused, median {np.median(list(seconds.values())):.2f} s, ", end="")
    print(f"slowest {seconds[slowest]:.2f} s ({slowest}); no payload was run")


def ten_thousand_digits() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npz"
        np.savez_compressed(path, x=np.random.default_rng(0).integers(0, 256, (10_000, 28, 28), np.uint8))
        start = time.perf_counter()
        open_dataset(str(path))
        direct = time.perf_counter()
        load_data(str(path))
        print(f"10,000 digits: {direct - start:.2f} s directly, {time.perf_counter() - direct:.2f} s inspected")


if __name__ == "__main__":
    refused()
    ten_thousand_digits()
