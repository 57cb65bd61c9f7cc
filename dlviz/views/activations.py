"""What each unit of a layer answers to one picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import option
from dlviz.sheet import Bars, Image, Progress, Sheet, Tiles
from dlviz.view import Scene, View


@dataclass(frozen=True)
class Activations(View):
    name = "activations"
    says = "The activation maps of a layer: where in the picture each unit responds, and how strongly."
    needs = frozenset({"layer", "input"})
    one_input = True

    contrast: str = option(
        "each", "each: every map from its own least to its largest value; all: one range for the whole layer",
        choices=("each", "all", "signed"),
    )  # fmt: skip

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        network, picture = scene.network, scene.inputs[0]
        x = network.feed([picture.pixels])[0]
        answer = network.activations(x)[scene.layer]
        layer = network.layers[scene.layer]
        units = scene.units or tuple(range(layer.units))
        by_unit = np.moveaxis(answer, 0, -1) if network.channels_first(scene.layer) else answer
        chosen = by_unit[..., list(units)]
        if layer.is_map:
            maps = np.moveaxis(chosen, -1, 0)
            panel: Tiles | Bars = Tiles(
                images=maps[..., None],
                scale=self.contrast,  # type: ignore[arg-type]
                captions=tuple(f"{u}: {m.min():.3g} to {m.max():.3g}" for u, m in zip(units, maps, strict=True)),
                keys=units,
                selects="unit",
            )
        else:
            values = chosen.reshape(-1, len(units)).mean(axis=0)
            names = tuple(network.class_name(u) if scene.layer == network.output else str(u) for u in units)
            panel = Bars(names, values)
        least, most = float(answer.min()), float(answer.max())
        yield Sheet(
            title=f"{network.name} · {scene.layer} · {picture.name}",
            says=f"How the {layer.units} units of {scene.layer} respond to {picture.name}: {least:.3g} to {most:.3g}.",
            panels=(Image(network.fit(picture.pixels), title=picture.name), panel),
            arrays={"input": network.as_fed(x), "activation": answer},
        )
