"""Pictures that maximise a layer's units: time over the bare gradient steps at equal size, and how far they get.

    python benchmarks/maximise.py [--turns 5] [--steps 200]

The bare steps are one tf.function, the gradient of the same objective at as many pictures of the same size, called as
often. Both run in turns; the median ratios of a turn are printed, by the clock and by processor time. Then the share of
LeNet-5's conv2 units whose response to their picture is larger than to any of the shipped test digits.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

import dlviz
from dlviz import backend
from dlviz.maximise.ascent import Ascent
from dlviz.maximise.recipe import Recipe
from dlviz.maximise.scene_ascent import ascent, input_statistics
from dlviz.maximise.targets import of_units
from dlviz.session import Session

LAYERS = (("squeezenet", "fire3_concat", "photos"), ("alexnet32", "conv3", "photos"), ("lenet5", "conv2", "digits"))
UNITS = 32


def bare(made: Ascent, steps: int) -> Callable[[], object]:
    """As many gradients of the same objective."""
    weights = [block.tensor for block in made._blocks]
    pictures = [backend.constant(np.full((len(w), *made.shape), 0.5, np.float32)) for w in weights]
    gradient = backend.compiled(lambda y, w: backend.value_and_gradient(lambda p: made.values(p, w)[0], y)[1])

    def work() -> None:
        for _ in range(steps):
            for y, w in zip(pictures, weights, strict=True):
                gradient(y, w)

    return work


def both_clocks(work: Callable[[], object]) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    given = parser.parse_args()
    session = Session()
    for name, layer, data in LAYERS:
        network = session.network(name)
        targets = of_units(network, layer, range(min(UNITS, network.layers[layer].units)))
        around = input_statistics(targets.objective, session.data(data))
        for parametrisation in ("pixels", "fourier", "maco"):
            plain = Recipe(parametrisation, given.steps, variation=0, jitter=0, scale=0, rotation=0)
            made = ascent(targets, plain, around)
            works = bare(made, given.steps), lambda made=made: list(made.run())
            for work in works:
                work()  # traced
            turns = np.array([[both_clocks(work) for work in works] for _ in range(given.turns)])  # (turns, 2, 2)
            clock, processor = np.median(turns[:, 1] / turns[:, 0], axis=0)
            size = "×".join(map(str, made.shape))
            seconds = np.median(turns[:, 1, 0])
            print(f"{name} {layer} {len(targets.units)} of {size} {parametrisation}: {clock:.2f} by the clock,"
                  f" {processor:.2f} by processor time, {seconds:.1f} s", flush=True)  # fmt: skip
    arrays = dlviz.show("maximise", "lenet5", layer="conv2", data="digits").arrays
    above = arrays["objective"] > arrays["natural_score"][:, 0]
    print(f"lenet5 conv2: {above.mean():.0%} of {len(above)} units above their best natural patch")


if __name__ == "__main__":
    main()
