"""All activation maps of a layer for a new sample, over the bare compiled forward pass to that layer.

python -m benchmarks.activations lenet5 digits
python -m benchmarks.activations squeezenet PHOTOS --limit 40
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter, process_time

import keras
import numpy as np

from dlviz import backend
from dlviz.feeding.feed import Feeds
from dlviz.network import Network
from dlviz.session import Session

WARM = 6
"""Samples looked at before time is taken."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--limit", type=int, default=60, help="samples looked at, one after the other")
    args = parser.parse_args()
    session = Session()
    network, samples = session.network(args.model), session.data(args.data)
    feeds = [network.feed([samples.sample(i)]) for i in range(args.limit)]
    print(f"{args.model}, {args.limit} samples one after the other, ms: median by the clock, mean of the processor")
    for layer in [name for name, info in network.layers.items() if info.is_map]:
        print_layer(network, layer, feeds)


def print_layer(network: Network, layer: str, feeds: list[Feeds]) -> None:
    """Print what a sample's maps take, in turns with the bare pass."""
    output = keras.tree.flatten(network.model.get_layer(layer).output)[0]
    bare = backend.compiled(keras.Model(network.model.inputs, output))
    clock: dict[str, list[float]] = {"maps": [], "bare": []}
    processor = dict.fromkeys(clock, 0.0)
    for number, feed in enumerate(feeds):
        for what in ("maps", "bare") if number % 2 else ("bare", "maps"):
            begun, used = perf_counter(), process_time()
            if what == "maps":
                maps = network.maps(feed, layer)
            else:
                expected = np.asarray(bare(backend.constant(feed[network.input])))[0]
            if number >= WARM:
                clock[what].append(1000 * (perf_counter() - begun))
                processor[what] += 1000 * (process_time() - used)
        np.testing.assert_allclose(maps, network.layouts[layer].maps(expected), atol=1e-3)
    ours, theirs = median(clock["maps"]), median(clock["bare"])
    print(
        f"{layer:20} {ours:6.2f} over {theirs:6.2f}: {ours / theirs:5.2f}"
        f"   processor {processor['maps'] / processor['bare']:5.2f}"
    )


if __name__ == "__main__":
    main()
