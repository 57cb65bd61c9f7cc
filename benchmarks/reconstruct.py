"""Reconstructions of the nine best patches of each of 64 units, together and one by one with a compiled function.

    python -m benchmarks.reconstruct alexnet conv3 PHOTOS --limit 100       # random weights
    python -m benchmarks.reconstruct squeezenet fire5_concat PHOTOS --limit 100
    python -m benchmarks.reconstruct lenet5 conv2 digits

Both find the same pictures, to rounding. Of the slow side some are timed, and the time for all follows from them.
"""

from __future__ import annotations

import argparse
import statistics

import numpy as np

from benchmarks.index import opened, seconds
from dlviz.analysis.reconstruct import Reconstruction
from dlviz.scan import Scan
from dlviz.session import Session

UNITS, PATCHES, ALONE = 64, 9, 24


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("network")
    parser.add_argument("layer")
    parser.add_argument("data")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--mode", default="deconv")
    given = parser.parse_args()
    session = Session()
    network = opened(given.network, session)
    data = session.data(given.data)
    pictures = data.select(np.arange(min(given.limit, len(data))))
    scan = Scan(network, [given.layer], pictures, PATCHES)
    for _ in scan.run():
        pass
    top = scan.top_responses[given.layer]
    units = np.arange(min(UNITS, network.layers[given.layer].units))
    unit, rank = (numbers.ravel() for numbers in np.meshgrid(units, np.arange(PATCHES), indexing="ij"))
    index, position = top.index[unit, rank], top.position[unit, rank]
    fed = network.feed([pictures.sample(int(n)) for n in index])

    together, alone = (Reconstruction(network, given.layer, given.mode) for _ in range(2))
    alone.batch, alone.crop = 1, None
    some = np.linspace(0, len(unit) - 1, min(ALONE, len(unit))).astype(int)

    def one_by_one() -> list[np.ndarray]:
        return [alone({name: x[[n]] for name, x in fed.items()}, unit[[n]], position[[n]])[0] for n in some]

    np.testing.assert_allclose(together(fed, unit, position)[some], np.stack(one_by_one()), rtol=1e-3, atol=1e-5)
    turns = [(seconds(lambda: together(fed, unit, position)), seconds(one_by_one)) for _ in range(given.turns)]
    for kind, title in enumerate(("clock", "processor")):
        ours = statistics.median(one[kind] for one, _ in turns) / len(unit)
        theirs = statistics.median(other[kind] for _, other in turns) / len(some)
        print(
            f"{network.name} {given.layer}, {len(units)} units, {given.mode}, {title}: {1e3 * ours:.2f} ms each,"
            f" one by one {1e3 * theirs:.2f}: {theirs / ours:.1f} times as fast"
        )


if __name__ == "__main__":
    main()
