"""The parts of samples to which each unit responds most, and what in them it responds to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz.view import RECONSTRUCT, RECONSTRUCT_LABELS, RECONSTRUCTED, Scene, View

if TYPE_CHECKING:
    from dlviz.scan.top_patches import TopPatches

RANKED = {
    "activation": "to which each unit of {layer} responds most",
    "relevance": "in which each unit of {layer} counts most for the predicted class",
}
"""What the samples are, by what they are ranked."""
TITLES = {"activation": "patches", "relevance": "patches by relevance"}
SECONDS = 1.0
"""Between two sheets while scanning."""


@dataclass(frozen=True)
class Patches(View):
    """The samples of a data set that excite each unit most, cut to what the unit sees of them.

    >>> import dlviz
    >>> dlviz.show("patches", "lenet5", layer="conv1", limit=50).arrays["score"].shape  # (units, patches)
    (6, 9)
    """

    name = "patches"
    summary = "The parts of samples to which each unit of a layer responds most, and what in them it responds to."
    needs = frozenset({"network", "layer", "data"})
    order = 3
    chosen_units = True

    per_unit: int = option(9, "how many samples per unit, best first", low=1, high=100, label="patches per unit")
    reconstruct: str = option(
        "none",
        "next to the patches, the response projected back to the pixels: deconv (Zeiler and Fergus), guided or"
        " gradient",
        choices=RECONSTRUCT,
        label="what triggered it",
        labels=RECONSTRUCT_LABELS,
        samples=RECONSTRUCTED,
    )
    by: str = option(
        "activation",
        "activation: what excites a unit most; relevance: where it counts most for the predicted class (activation"
        " times gradient of the logit, summed over the map)",
        choices=tuple(RANKED),
        label="ranked by",
        labels=("response", "relevance"),
    )
    shown: int = option(32, "how many units to draw; an .npz file holds all", low=1, high=1024, label="shown")

    order_by: str = option(
        "number", "number: in the layer's order; strongest: the strongest responses first",
        choices=("number", "strongest"), label="order", labels=("by number", "strongest"),
    )  # fmt: skip

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.scan.top_patches import TopPatches, reconstruction_of, scan_of, with_reconstructions

        if self.reconstruct != "none":
            reconstruction_of(scene, self.reconstruct)  # refused before anything is scanned
        units = scene.units or tuple(range(scene.network.layers[scene.layer].units))
        scan = scan_of(scene, scene.data, self.per_unit, self.by)
        drawn_at = time.monotonic()

        def found() -> TopPatches:
            k = min(self.per_unit, scan.filled)
            responses = scan.top_responses[scene.layer]
            return TopPatches(scene.network, scene.layer, scan.samples, responses, units, k, by=self.by)

        for progress in scan.run():
            yield progress
            if time.monotonic() - drawn_at > SECONDS and scan.filled and not scan.complete:
                yield self._sheet(found(), f"{scan.done:,} looked at so far")
                drawn_at = time.monotonic()
        top, looked_at = found(), f"{scan.done:,} looked at"
        if self.reconstruct != "none":
            yield self._sheet(top, looked_at)
            top = yield from with_reconstructions(scene, top, self.reconstruct)
        yield replace(self._sheet(top, looked_at), arrays=top.arrays())

    def _sheet(self, top: TopPatches, looked_at: str) -> Sheet:
        from dlviz.panels.patches import (
            crop_description,
            limited_units,
            patch_panels,
            reconstruction_text,
            sample_noun,
            strongest_first,
        )
        from dlviz.parsing.unit_ranges import write_units

        drawn = limited_units(strongest_first(top) if self.order_by == "strongest" else top, self.shown)
        sentence = (
            f"{top.units_off()}The {sample_noun(top)} of {top.samples.name} ({looked_at})"
            f" {RANKED[self.by].format(layer=top.layer)}, {crop_description(drawn)}.{reconstruction_text(top)}"
        )
        if len(drawn.units) < len(top.units):
            shown = f"Units {write_units(drawn.units)}" if len(drawn.units) > 1 else f"Unit {drawn.units[0]}"
            total = top.network.layers[top.layer].units
            sentence += f" {shown} of {total} {'are' if len(drawn.units) > 1 else 'is'} shown."
        sentence += top.silent_units()
        return Sheet(f"{top.network.name} · {top.layer} · {TITLES[top.by]}", sentence, patch_panels(drawn))
