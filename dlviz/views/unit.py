"""Everything about one unit: its weights, its map over a sample, its top patches and what in them it responds to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Panel, Sheet, Tiles
from dlviz.view import RECONSTRUCT, Scene, View

NUMBERS = 1 << 24
"""How many numbers are fed unless told otherwise: 21,000 digits, or 325 grey photographs of 227 × 227."""


@dataclass(frozen=True)
class Unit(View):
    """One unit on one sheet; the scan for its patches feeds as many samples as take a few seconds.

    >>> import dlviz
    >>> dlviz.show("unit", "lenet5", layer="conv1", units=[3], limit=50).title
    'lenet5 · conv1 · unit 3'
    """

    name = "unit"
    summary = "One unit: its weights, where it responds in a sample, and the patches it responds to most."
    needs = frozenset({"network", "layer", "sample", "data"})
    one_sample = True
    beside = True
    order = 1

    per_unit: int = option(6, "how many top patches", low=1, high=100)
    reconstruct: str = option(
        "deconv",
        "next to the patches, the response projected back to the pixels: deconv (Zeiler and Fergus), guided or"
        " gradient",
        choices=RECONSTRUCT,
    )
    scanned: int = option(0, "maximum number of samples to scan; 0: as many as take a few seconds", low=0, high=10**9)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.panels.patches import extent, patch_panels, sent_back_words, what
        from dlviz.panels.units import response_panels, weight_panels
        from dlviz.reconstruct import takes_numbers
        from dlviz.top_patches import TopPatches, in_digits, reconstructed, scan_of, shown_inputs

        network, sample = scene.network, scene.samples[0]
        feeds = network.feed([sample])
        maps = network.maps(feeds, scene.layer)  # (*axes, units)
        unit = scene.units[0] if scene.units else int(maps.reshape(-1, maps.shape[-1]).max(axis=0).argmax())
        response = maps[..., unit]
        panels: list[Panel] = [*weight_panels(network, scene.layer, unit)]
        panels += response_panels(network, scene.layer, sample, feeds, response)
        fed = shown_inputs(network, scene.layer)[0]
        arrays = {"input": network.as_fed(feeds[fed][0], fed), "activation": response}
        title = f"{network.name} · {scene.layer} · unit {unit}"
        peak = in_digits(float(response.max()))
        summary = f"Unit {unit} of {scene.layer} responds to {sample.title} with {peak} at most"
        yield Sheet(title, f"{summary}.", tuple(panels), arrays)

        count = self.scanned or max(1, NUMBERS // max(1, sum(x.size for x in feeds.values())))
        data = scene.data.select(np.arange(count)) if count < len(scene.data) else scene.data
        scan = scan_of(scene, data, self.per_unit)
        yield from scan.run()
        responses = scan.top_responses[scene.layer]
        top = TopPatches(network, scene.layer, data, responses, (unit,), min(self.per_unit, scan.known))
        summary += (
            f"; below, the {what(top)} to which it responds most among {scan.done:,} of {data.name}, {extent(top)}."
            f"{top.silent_units()}"
        )
        yield Sheet(title, summary, (*panels, *_main(patch_panels(top))), arrays | top.arrays())

        if self.reconstruct != "none" and any(takes_numbers(network.inputs[name]) for name in top.inputs):
            top = yield from reconstructed(scene, top, self.reconstruct)
            summary += sent_back_words(top)
            yield Sheet(title, summary, (*panels, *_main(patch_panels(top))), arrays | top.arrays())


def _main(panels: tuple[Panel, ...]) -> tuple[Panel, ...]:
    """What excites the unit as the main picture; tiles without the names that tell several units apart."""
    bare = (replace(p, row_labels=()) if isinstance(p, Tiles) else p for p in panels)
    return tuple(replace(panel, role="main") for panel in bare)
