"""Everything about one unit on one page: its weights, its map over a sample, its top patches and what in them it
responds to, what it has to do with each class, and what it is connected to."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dlviz.grammar import in_digits
from dlviz.options import Value, option
from dlviz.progress import Progress
from dlviz.sheet import Panel, Passages, Sheet, Tiles
from dlviz.spacing import thinned_samples
from dlviz.view import RECONSTRUCT, RECONSTRUCT_LABELS, RECONSTRUCTED, Scene, View

if TYPE_CHECKING:
    from dlviz.scan.top_patches import TopPatches

NUMBERS = 1 << 24
"""How many numbers are fed unless told otherwise: 21,000 digits, or 325 grey photographs of 227 × 227."""


BY_RULE = (
    "The name is by rule: what the patches show alike; the classes with the largest mean response, if most of the"
    " patches are of them; and those whose logits the unit raises and lowers most."
)


@dataclass(frozen=True)
class Unit(View):
    """One unit on one sheet; the scan for its patches feeds as many samples as take a few seconds, unless an index has
    them all.

    >>> import dlviz
    >>> dlviz.show("unit", "lenet5", layer="conv2", units=[7]).title
    'lenet5 · conv2 · unit 7 · “speaks for 3, against 4”'
    """

    name = "unit"
    summary = "One unit: its weights, its map, what it responds to most, its classes and connections."
    needs = frozenset({"network", "layer", "sample", "data"})
    one_sample = True
    beside = True
    one_unit = True
    settings_beside: ClassVar[dict[str, Value]] = {"shows": "patches"}
    order = 1

    per_unit: int = option(6, "how many top patches", low=1, high=100, label="patches")
    reconstruct: str = option(
        "deconv",
        "next to the patches, the response projected back to the pixels: deconv (Zeiler and Fergus), guided or"
        " gradient",
        choices=RECONSTRUCT,
        label="what triggered it",
        labels=RECONSTRUCT_LABELS,
        samples=RECONSTRUCTED,
    )
    shows: str = option(
        "page",
        "patches: its weights, map and patches; page: also the classes that it tells apart and its connections",
        choices=("page", "patches"),
        label="page",
        labels=("everything", "only its patches"),
    )
    maximised: bool = option(
        False, "also a picture made to excite it, which takes seconds", label="maximising picture",
        samples=("picture", "sound", "numbers"),
    )  # fmt: skip
    samples_used: int = option(
        0, "maximum number of samples to scan; 0: as many as take a few seconds", low=0, high=10**9,
        label="samples searched", zero="automatic", formerly="scanned",
    )  # fmt: skip

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.reconstruct import is_differentiable
        from dlviz.panels.patches import crop_description, patch_panels, reconstruction_text, sample_noun
        from dlviz.panels.units import response_panels, weight_panels
        from dlviz.scan.top_patches import shown_inputs, with_reconstructions

        network, sample = scene.network, scene.samples[0]
        feeds = network.feed([sample])
        maps = network.maps(feeds, scene.layer)  # (*axes, units)
        unit = scene.units[0] if scene.units else int(maps.reshape(-1, maps.shape[-1]).max(axis=0).argmax())
        response = maps[..., unit]
        panels: list[Panel] = [*weight_panels(network, scene.layer, unit, sample)]
        panels += response_panels(network, scene.layer, sample, feeds, response)
        fed = shown_inputs(network, scene.layer)[0]
        arrays = {"input": network.as_fed(feeds[fed][0], fed), "activation": response}
        title = f"{network.name} · {scene.layer} · unit {unit}"
        peak = in_digits(float(response.max()))
        summary = f"The largest response of unit {unit} of {scene.layer} to {sample.title} is {peak}"
        yield Sheet(title, f"{summary}.", tuple(panels), arrays)

        count = self.samples_used or max(1, NUMBERS // max(1, sum(x.size for x in feeds.values())))
        top, done = yield from self._patches(scene, unit, count)
        summary = (
            f"{top.units_off()}{summary}."
            f" {top.title}: the {sample_noun(top)} to which it responds most among {done:,}, {crop_description(top)}."
            f"{top.silent_units()}"
        )
        yield Sheet(title, summary, (*_main(patch_panels(top)), *panels), arrays | top.arrays())

        if self.reconstruct != "none" and any(is_differentiable(network.inputs[name]) for name in top.inputs):
            top = yield from with_reconstructions(scene, top, self.reconstruct)
            summary += reconstruction_text(top)
        sheet = Sheet(title, summary, (*_main(patch_panels(top)), *panels), arrays | top.arrays())
        yield sheet
        if self.shows == "page":
            yield (sheet := (yield from _with_classes(scene, count, sheet, top)))
        if self.maximised:
            yield (yield from _with_maximum(scene, unit, sheet))

    def _patches(self, scene: Scene, unit: int, count: int) -> Generator[Progress, None, tuple[TopPatches, int]]:
        """Return the top patches of a unit among `count` samples or among all that an index has, and how many these
        are."""
        from dlviz.scan.top_patches import TopPatches, scan_of

        scan = scan_of(scene, scene.data, self.per_unit)
        if not scan.complete and count < len(scene.data):
            scan = scan_of(scene, thinned_samples(scene.data, count), self.per_unit)
        yield from scan.run()
        responses, k = scan.top_responses[scene.layer], min(self.per_unit, scan.filled)
        searched = scan.done if scan.done < len(scene.data) else 0
        return TopPatches(scene.network, scene.layer, scan.samples, responses, (unit,), k, searched=searched), scan.done


def _with_classes(scene: Scene, count: int, sheet: Sheet, top: TopPatches) -> Generator[Progress, None, Sheet]:
    """Return the sheet with what the unit of the patches has to do with classes and other units, and a name for it."""
    from dlviz.panels.class_figures import figures_of
    from dlviz.panels.connections import connection_bars
    from dlviz.panels.patches import common_pattern

    (unit,) = top.units
    figures = yield from figures_of(scene, unit, thinned_samples(scene.data, count))
    figures = replace(figures, best=top.classes_of_best())
    name = "; ".join(filter(None, (common_pattern(top), figures.name)))
    connections, told = connection_bars(scene.network, scene.layer, unit)
    panels = (*figures.panels, *([connections] if connections else []))
    summary = " ".join((sheet.summary, *figures.summary, *([told] if told else [])))
    found = {"class_mean": figures.means, "effect": figures.effect, "selectivity": np.array(figures.selectivity)}
    arrays = {key: array for key, array in found.items() if array is not None and figures.panels}
    title = f"{sheet.title} · “{name}”" if name else sheet.title
    return replace(
        sheet,
        title=title,
        summary=summary,
        panels=(*sheet.panels, *panels),
        arrays={**sheet.arrays, **arrays},
        note=BY_RULE if name else "",
    )


def _with_maximum(scene: Scene, unit: int, sheet: Sheet) -> Generator[Progress, None, Sheet]:
    """Return the sheet with a picture that is made to excite the unit."""
    from dlviz.maximise.scene_ascent import maximising_pictures
    from dlviz.panels.maximise import made_alone

    made = yield from maximising_pictures(scene, (unit,))
    return replace(sheet, panels=(*sheet.panels, made_alone(scene.network, made)))


def _main(panels: tuple[Panel, ...]) -> tuple[Panel, ...]:
    """What excites the unit as the main picture, without the names that tell several units apart."""
    return tuple(replace(_bare(panel), role="main") for panel in panels)


def _bare(panel: Panel) -> Panel:
    match panel:
        case Tiles():
            return replace(panel, row_labels=())
        case Passages(rows=rows):
            return replace(panel, rows=tuple(replace(row, label="") for row in rows))
    return panel
