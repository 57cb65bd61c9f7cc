"""The index: every unit of every layer in one pass, as a ratio to the bare compiled forward pass, and its memory.

    python -m benchmarks.index lenet5 digits/train             # 5,000 digits
    python -m benchmarks.index squeezenet PHOTOS --limit 400   # a folder of JPEG files, from their bytes
    python -m benchmarks.index mobilenet_v2 PHOTOS --limit 48  # random weights; all layers
    python -m benchmarks.index alexnet PHOTOS --limit 60       # random weights; ImageNet by arithmetic
    python -m benchmarks.index lenet5 digits/train --memory

The bare pass is one compiled function up to the answer at the best of several batch sizes, over the same pictures: of
digits, as numbers that stand ready; of photographs, from the bytes of their files, as the index has them.
Both run in turns; medians are compared.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from dlviz import backend
from dlviz.network import Network
from dlviz.scan import Scan
from dlviz.session import Session
from dlviz_models.data import Pictures
from dlviz_models.networks.alexnet import AlexNet

BATCHES = {True: (8, 16, 32), False: (100, 250, 500)}
"""Of large pictures and small ones, the sizes of batches of which the bare pass takes the best."""
IMAGENET = 50_000
K = 16


def opened(name: str, session: Session) -> Network:
    """A shipped network, a file, or one with random weights."""
    import keras

    keras.utils.set_random_seed(0)
    if name == "mobilenet_v2":
        return Network(keras.applications.MobileNetV2(weights=None), name)
    if name == "alexnet":
        return Network(AlexNet(), name)
    return session.network(name)


def fed(network: Network, pictures: Pictures, batch: int) -> Iterator[backend.Tensor]:
    """What the network is fed, in batches of one size, since another would be compiled anew."""
    for start in range(0, len(pictures), batch):
        stop = min(start + batch, len(pictures))
        x = network.feed_from(pictures, start, stop)
        yield backend.constant(np.concatenate([x, np.repeat(x[-1:], batch - len(x), axis=0)]))


def bare_pass(network: Network, batches: Iterable[backend.Tensor]) -> None:
    """Compute the answer to each picture."""
    function = network.function((network.output,))
    for batch in batches:
        np.asarray(function(batch)[0])


def scan(network: Network, pictures: Pictures) -> None:
    """Find what an index holds."""
    for _ in Scan(network, network.visible, pictures, K).run():
        pass


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """By the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def compare(network: Network, pictures: Pictures, turns: int) -> None:
    """Print the medians, their ratio, and for how long ImageNet's validation pictures would take."""
    is_large = network.input_shape[0] > 64
    works: dict[str, Callable[[], object]] = {
        f"bare, {size} a batch": lambda size=size: bare_pass(network, fed(network, pictures, size))
        for size in BATCHES[is_large]
    }
    if not is_large:
        ready = {size: list(fed(network, pictures, size)) for size in BATCHES[is_large]}
        works = {f"bare, {size} a batch": partial(bare_pass, network, some) for size, some in ready.items()}
    works["index"] = lambda: scan(network, pictures)
    for work in works.values():
        work()  # traced
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(turns):
        for name, work in works.items():
            times[name].append(seconds(work))
    units = sum(network.layers[name].units for name in network.visible)
    print(f"{network.name}: {units:,} units in {len(network.visible)} layers, {len(pictures)} pictures, {turns} turns,")
    print(f"  load {os.getloadavg()[0]:.1f}")
    for kind, title in enumerate(("clock", "processor")):
        medians = {name: statistics.median(t[kind] for t in found) for name, found in times.items()}
        index = medians.pop("index")
        best = min(medians, key=medians.__getitem__)
        print(f"  {title:10} {best} {medians[best]:.2f} s, index {index:.2f} s: {index / medians[best]:.2f}")
        if is_large:
            hours = index / len(pictures) * IMAGENET / 3600
            print(f"  {'':10} {len(pictures) / index:.1f} pictures a second: {IMAGENET:,} in {hours:.2f} h")


def peak_memory(name: str, data: str, limit: int) -> None:
    """Print by how much the process grows at most while it builds an index, above what one forward pass has needed."""
    session = Session()
    network = opened(name, session)
    pictures = session.data(data)
    pictures = pictures.select(np.arange(min(limit, len(pictures))))  # type: ignore[assignment]
    bare_pass(network, fed(network, pictures.select(np.arange(8)), 8))  # type: ignore[arg-type]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scan(network, pictures)  # type: ignore[arg-type]
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{name}, {len(pictures)} pictures: {(after - before) / 1024:.0f} MiB above {before / 1024:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("network")
    parser.add_argument("data")
    parser.add_argument("--limit", type=int, default=5000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--memory-of", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.memory_of:
        peak_memory(given.network, given.data, given.memory_of)
        return
    if given.memory:
        for limit in (given.limit // 4, given.limit):
            words = ["-m", "benchmarks.index", given.network, given.data, "--memory-of", str(limit)]
            subprocess.run([sys.executable, *words], check=True, cwd=Path(__file__).parent.parent)
        return
    session = Session()
    network = opened(given.network, session)
    pictures = session.data(given.data)
    compare(network, pictures.select(np.arange(min(given.limit, len(pictures)))), given.turns)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
