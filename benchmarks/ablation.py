"""One unit switched off: how long accuracy and confusion over 1,000 digits take again, beside the whole network's pass.

python benchmarks/ablation.py [--model lenet5] [--turns 11]
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter

import numpy as np

from dlviz import backend
from dlviz.analysis.ablation import DownstreamNetwork, edit
from dlviz.panels.mistakes.classes import Count
from dlviz.progress import Progress
from dlviz.session import Session


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="lenet5")
    parser.add_argument("--data", default="digits")
    parser.add_argument("--turns", type=int, default=11)
    args = parser.parse_args()
    session = Session()
    network, samples = session.network(args.model), session.data(args.data)
    x = backend.constant(network.feed_from(samples, 0, len(samples)))  # type: ignore[arg-type]
    whole = network.function((network.output,))
    print(f"{len(samples)} of {args.data}, ms: median (least to largest) of {args.turns}")
    for layer in [name for name, info in network.layers.items() if info.has_kernel and name != network.output]:
        rest = DownstreamNetwork(network, layer)
        assert all(isinstance(item, Progress) for item in rest.compute(samples))
        times: dict[str, list[float]] = {"unit off": [], "whole pass": []}
        for turn in range(args.turns + 1):
            start = perf_counter()
            tally = Count(network, samples)
            for first, feeds, answers in rest.answers(edit(rest.units, off=[turn % rest.units])):
                tally.add(first, feeds, answers)
            tally.report(1)
            middle = perf_counter()
            np.asarray(whole(x)[0])
            times["unit off"].append(middle - start)
            times["whole pass"].append(perf_counter() - middle)
        found = {what: sorted(1000 * t for t in spent[1:]) for what, spent in times.items()}
        print(f"{layer:12}", *(f"{what} {median(t):.0f} ({t[0]:.0f} to {t[-1]:.0f})" for what, t in found.items()))


if __name__ == "__main__":
    main()
