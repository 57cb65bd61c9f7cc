"""Pictures that maximise a layer's units, against tf-keras-vis: as many steps of equally regularised ascents.

    uv run --with tf-keras-vis benchmarks/maximise_peers.py [--network squeezenet] [--layer fire3_concat] [--units 32]

Both start from noise around mid-grey, change pixels within their range, and keep to neither smoothness nor transforms;
the unit in the middle of the map is maximised. tf-keras-vis changes the whole input of the network, with its own
optimiser and steps; all units are given to it as one batch (--singly: one after another). Ours changes what the unit
sees. Prints seconds by the clock and of the processor, the mean response reached and for how many units ours is higher;
what is compiled is compiled before.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import keras
import numpy as np
from tf_keras_vis.activation_maximization import ActivationMaximization

from dlviz.maximise.ascent import Ascent, AscentState
from dlviz.maximise.recipe import Recipe
from dlviz.maximise.scene_ascent import InputStatistics, ascent, input_statistics
from dlviz.maximise.targets import Targets, of_units
from dlviz.network import Network
from dlviz.session import Session

QUIET = 0.01
"""The deviation of the noise that both start from, in shares of the range."""


def ours(made: Ascent) -> np.ndarray:
    """The largest responses (units,)."""
    *_, last = (each for each in made.run() if isinstance(each, AscentState))
    return last.response[:, 0]


def theirs(network: Network, targets: Targets, around: InputStatistics, steps: int, singly: bool) -> np.ndarray:
    """The responses (units,) to what tf-keras-vis makes, each in the middle of its map."""
    model = keras.Model(network.model.input, network.model.get_layer(targets.objective.layer).output)
    height, width = model.output.shape[1:3]
    shape, units = network.model.input.shape[1:], np.array(targets.units)
    low, high = float(np.min(around.low)), float(np.max(around.low + around.span))
    maximise = ActivationMaximization(model, clone=False)
    found = []
    for some in units[:, None] if singly else units[None]:
        shares = np.random.default_rng(0).normal(0.5, QUIET, (len(some), *shape))
        pictures = maximise(
            lambda maps, some=some: [maps[n, height // 2, width // 2, unit] for n, unit in enumerate(some)],
            seed_input=(around.low + around.span * shares).astype(np.float32),
            input_range=(low, high),
            input_modifiers=[],
            regularizers=[],
            steps=steps,
        )
        maps = model.predict(np.asarray(pictures), verbose=0)
        found.append(maps[np.arange(len(some)), height // 2, width // 2, some])
    return np.concatenate(found)


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """What it finds, and its seconds by the clock and of the processor, (2,)."""
    clock, processor = time.perf_counter(), time.process_time()
    found = work()
    return found, np.array([time.perf_counter() - clock, time.process_time() - processor])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="squeezenet")
    parser.add_argument("--layer", default="fire3_concat")
    parser.add_argument("--data", default="photos")
    parser.add_argument("--units", type=int, default=32)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--singly", action="store_true")
    given = parser.parse_args()
    session = Session()
    network = session.network(given.network)
    targets = of_units(network, given.layer, range(min(given.units, network.layers[given.layer].units)))
    around = input_statistics(targets.objective, session.data(given.data))
    plain = Recipe("pixels", given.steps, variation=0, jitter=0, scale=0, rotation=0)
    list(ascent(targets, Recipe("pixels", 2, variation=0, jitter=0, scale=0, rotation=0), around).run())  # kernels
    theirs(network, targets, around, 1, given.singly)
    made = ascent(targets, plain, around)
    (reached, mine), (peer, other) = (
        timed(work)
        for work in (lambda: ours(made), lambda: theirs(network, targets, around, given.steps, given.singly))
    )
    clock, processor = other / mine
    print(
        f"{network.name} {given.layer}, {len(targets.units)} units, {given.steps} steps: ours {mine[0]:.1f} s with what"
        f" it compiles, tf-keras-vis {other[0]:.1f} s, {clock:.1f} times as fast by the clock, {processor:.1f} of the"
        f" processor; mean response {reached.mean():.2f}, {peer.mean():.2f}, ours higher for {(reached > peer).sum()}"
    )


if __name__ == "__main__":
    main()
