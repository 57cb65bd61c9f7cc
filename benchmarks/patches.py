"""Top patches: the time of a scan over the bare compiled forward pass up to the same layer, and its memory.

    python benchmarks/patches.py [--pictures 10000] [--layers NAME,NAME] [lenet5 | squeezenet | FILE.keras]
    python benchmarks/patches.py --memory

The bare pass is one tf.function from the input to the layer, over the same pictures already converted to float and cut
into batches, at whichever of several batch sizes is quickest. The scan starts from uint8 pictures. Both run in turns;
medians are compared. The pictures are the shipped digits (or noise in the size of the network's input), repeated.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from dlviz import backend
from dlviz.network import Network
from dlviz.scan import Scan
from dlviz.session import Session
from dlviz_models.data import ArrayPictures

BATCHES = {"lenet5": (100, 250, 500, 1000), "squeezenet": (4, 8, 16, 32)}
SQUEEZENET = ("conv1", "pool1", "fire3_concat", "fire5_expand3x3", "fire9_concat", "conv10")


def pictures_for(network: Network, session: Session, n: int) -> ArrayPictures:
    """`n` pictures in the network's own size, uint8."""
    height, width, channels = network.input_shape
    if (height, width, channels) == (28, 28, 1):
        digits = np.asarray(session.data("digits/train").batch(0, 5000))
        return ArrayPictures("digits", np.resize(digits, (n, 28, 28, 1)))
    noise = np.random.default_rng(0).integers(0, 256, (n, height, width, channels), np.uint8)
    return ArrayPictures("noise", noise)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(
    network: Network, layers: tuple[str, ...], pictures: ArrayPictures, sizes: tuple[int, ...], turns: int
) -> None:
    """Print the median times of the bare pass and the scan up to `layers`."""
    x = network.preprocess.apply(pictures.pictures)
    forward = network.function(layers)
    batches = {b: [backend.constant(x[i : i + b]) for i in range(0, len(x), b)] for b in sizes}

    def bare(parts: list[backend.Tensor]) -> None:
        for part in parts:
            forward(part)

    works: dict[str, Callable[[], object]] = {
        f"bare pass, {b} a batch": partial(bare, parts) for b, parts in batches.items()
    }
    works["scan"] = lambda: list(Scan(network, layers, pictures, 9).run())
    for work in works.values():
        work()  # traced
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(turns):
        for name, work in works.items():
            times[name].append(seconds(work))
    medians = {name: statistics.median(t) for name, t in times.items()}
    scan = medians.pop("scan")
    best = min(medians, key=medians.__getitem__)
    title = layers[0] if len(layers) == 1 else f"{len(layers)} layers at once"
    print(f"{title:22} {best:24} {medians[best] * 1e3:7.1f} ms  scan {scan * 1e3:7.1f} ms  {scan / medians[best]:.2f}")


def peak_memory(n: int) -> None:
    """Print the peak resident memory of a scan of all LeNet layers over `n` pictures that are made on the way."""
    session = Session()
    network = session.network("lenet5")

    class Passing(ArrayPictures):
        """Pictures made when asked for, so that only the scan's own memory is seen."""

        def __len__(self) -> int:
            return n

        def batch(self, start: int, stop: int) -> np.ndarray:
            return np.random.default_rng(start).integers(0, 256, (stop - start, 28, 28, 1), np.uint8)

    layers = tuple(name for name, layer in network.layers.items() if layer.is_map)
    list(Scan(network, layers, Passing("noise", np.zeros(0, np.uint8)), 9).run())
    print(f"{n:6} pictures: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at the peak")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("network", nargs="?", default="lenet5")
    parser.add_argument("--pictures", type=int, default=0)
    parser.add_argument("--layers", default="")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--memory-of", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.memory_of:
        peak_memory(given.memory_of)
        return
    if given.memory:
        for n in (1_000, 10_000, 100_000):
            subprocess.run([sys.executable, __file__, "--memory-of", str(n)], check=True)
        return
    session = Session()
    network = session.network(given.network)
    large = network.input_shape[0] > 64
    pictures = pictures_for(network, session, given.pictures or (200 if large else 10_000))
    maps = [name for name, layer in network.layers.items() if layer.kind in ("Conv2D", "MaxPooling2D")]
    names = given.layers.split(",") if given.layers else SQUEEZENET if given.network == "squeezenet" else maps
    sizes = BATCHES["squeezenet" if large else "lenet5"]
    print(f"{network.name}, {len(pictures)} pictures, medians of {given.turns} turns")
    for name in names:
        compare(network, (name,), pictures, sizes, given.turns)
    if not large:
        compare(network, tuple(names), pictures, sizes, given.turns)


if __name__ == "__main__":
    main()
