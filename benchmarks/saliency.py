"""Saliency methods in the grid pointing game, and their time as a ratio to one bare gradient.

    python -m benchmarks.saliency [--mosaics N] [--methods NAME,NAME] [NETWORK DATA ...]

Without arguments LeNet-5 on digits and SqueezeNet on the shipped photographs. Chance, and a map of edges, is 25%.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np

import dlviz
from dlviz import backend
from dlviz.network import Network
from dlviz.saliency import METHODS
from dlviz.saliency.score import Score
from dlviz.saliency.target import Target, target_of
from dlviz.session import Session

REPEATS = 5
TIMED = ("gradient", "smoothgrad", "gradcam")


def shares(model: str, data: str, methods: list[str], mosaics: int) -> None:
    """Print the share of each method's map in the right quarter, in per cent, compared with nothing and with others."""
    print(f"| {model} on {data}, {mosaics} mosaics | class alone | compared with the others |")
    variants: list[tuple[str, str, dict[str, float]]] = [(METHODS[name].title, name, {}) for name in methods]
    if "occlusion" in methods:
        variants.append(("occlusion, window 0.4", "occlusion", {"window": 0.4}))
    for title, name, options in variants:
        found = [
            dlviz.show("saliency_checks", model, data=data, method=name, count=mosaics, against=against, **options)
            for against in ("nothing", "others")
        ]
        print(f"| {title} | " + " | ".join(f"{s.arrays['share'][0]:.1%}" for s in found) + " |", flush=True)


def times(model: str, data: str) -> None:
    """Print the median ratios of methods for one picture to one compiled gradient of a logit by hand."""
    session = Session()
    network = session.network(model)
    target = target_of(Score(network, network.input), network.feed([session.data(data).sample(3)]), 3)
    bare = by_hand(network, target)
    work: dict[str, Callable[[], object]] = {"bare": bare}
    work |= {name: lambda name=name: [*METHODS[name]().attribute(target)] for name in TIMED}  # type: ignore[misc]
    taken: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(REPEATS + 1):
        for name, function in work.items():
            started = time.perf_counter()
            function()
            if turn:
                taken[name].append(time.perf_counter() - started)
    for name in TIMED:
        ratio = median(a / b for a, b in zip(taken[name], taken["bare"], strict=True))
        print(
            f"| {model}: {METHODS[name].title} | {ratio:.2f} x one gradient ({1000 * median(taken['bare']):.1f} ms) |"
        )


def by_hand(network: Network, target: Target) -> Callable[[], np.ndarray]:
    """The gradient of one logit, compiled, nothing else."""
    function = backend.compiled(lambda x: backend.value_and_gradient(lambda v: network.logits(v)[:, 3], x)[1])
    x = backend.constant(target.values[None])
    return lambda: np.asarray(function(x))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["lenet5", "digits", "squeezenet", "photos"])
    parser.add_argument("--mosaics", type=int, default=5)
    parser.add_argument("--methods", default=",".join(METHODS))
    asked = parser.parse_args()
    for model, data in zip(asked.what[::2], asked.what[1::2], strict=True):
        times(model, data)
        shares(model, data, asked.methods.split(","), asked.mosaics)


if __name__ == "__main__":
    main()
