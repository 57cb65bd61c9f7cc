"""What a unit responds to most of all: inputs made for it by gradient ascent, beside natural ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlviz.grammar import number_of
from dlviz.jobs import Description
from dlviz.maximise.recipe import Recipe, recipe_of
from dlviz.options import option, signal
from dlviz.progress import Progress
from dlviz.sheet import Curves, Sheet
from dlviz.view import Scene, View

if TYPE_CHECKING:
    from dlviz.maximise.ascent import AscentState
    from dlviz.maximise.targets import Targets
    from dlviz.scan.top_patches import TopPatches

PUBLISHED = (
    "; J. Borowski et al. 2021, arXiv 2010.12606: people can tell what excites a unit in 92% of cases from natural"
    " pictures, in 82% from made ones"
)


@dataclass(frozen=True)
class Maximise(Recipe, View):
    """Inputs made by gradient ascent on a unit, a channel, a class or a direction, beside natural patches.

    >>> import dlviz
    >>> sheet = dlviz.show("maximise", "lenet5", layer="conv1", units=[0, 3], steps=20, limit=100)
    >>> sheet.arrays["image"].shape  # (units, height, width, channel): as large as the units see
    (2, 5, 5, 1)
    >>> bool((sheet.arrays["objective"] > sheet.arrays["objective_start"]).all())
    True
    """

    name = "maximise"
    summary = "What each unit responds to most of all: inputs made for it by gradient ascent, beside natural ones."
    needs = frozenset({"network", "layer", "data"})
    samples = frozenset({"picture", "sound", "numbers"})
    order = 3.5
    chosen_units = True

    objective: str = option(
        "unit",
        "what is maximised. unit: the response at one place; channel: the mean over the map; class: the score of each"
        " class; direction: a weighted sum of the chosen units",
        choices=("unit", "channel", "class", "direction"),
        label="maximised",
        labels=("a unit at one place", "a channel's mean", "a class", "a direction"),
    )
    classes: str = option(
        "",
        "classes by name or number, with commas between",
        zero="the likeliest in the data",
        only=("objective", "class"),
    )
    weights: tuple[float, ...] = signal(
        (), "the weight of each chosen unit, such as 1 -0.5; none: their sum", only=("objective", "direction"),
        label="weights of the units",
    )  # fmt: skip
    per_unit: int = option(3, "natural patches beside each", low=1, high=12, label="natural patches per unit")
    shown: int = option(32, "units where none are chosen: the first", low=1, high=1024, label="units shown")

    @classmethod
    def obstacle(cls, network: Description) -> str:
        taken = network.inputs[0]
        if taken.vocabulary or "float" not in taken.dtype:
            return (
                f"{network.name} takes numbers of tokens, which have no gradient, and maximise is for networks of"
                " pictures, sounds and numbers."
            )
        return ""

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.maximise.natural import natural_patches
        from dlviz.maximise.scene_ascent import run_ascent

        targets = self._targets(scene)
        top = yield from natural_patches(scene, targets, self.per_unit)
        for found in run_ascent(scene, targets, recipe_of(self)):
            yield found if isinstance(found, Progress) else self._sheet(targets, top, found)

    def _targets(self, scene: Scene) -> Targets:
        from dlviz.maximise.targets import of_classes, of_direction, of_units

        if self.objective == "class":
            return of_classes(scene.network, self.classes, scene.data)
        units = scene.units or tuple(range(min(scene.network.layers[scene.layer].units, self.shown)))
        if self.objective == "direction":
            return of_direction(scene.network, scene.layer, units, self.weights)
        return of_units(scene.network, scene.layer, units, mean=self.objective == "channel")

    def _sheet(self, targets: Targets, top: TopPatches, found: AscentState) -> Sheet:
        from dlviz.maximise.ascent import FRAMES
        from dlviz.panels.maximise import CURVES, arrays, comparison, description, panels, source
        from dlviz.panels.patches import border_remark

        network, layer = top.network, top.layer
        recipe = recipe_of(self).for_objective(targets.objective.name)
        is_cut = network.takes_pictures and top.field(network.input).size == found.pictures.shape[2:4]
        grey = border_remark(top, network.input) if is_cut else ""
        shown = panels(targets, top, found)
        some = f" The first {CURVES} are shown." if isinstance(shown[0], Curves) and len(targets.names) > CURVES else ""
        return Sheet(
            f"{network.name} · {layer} · maximise",
            f"{description(targets, top, found.pictures.shape[1])}, after {number_of(found.step, 'step')} of gradient"
            f" ascent; then natural ones of {top.samples.name}, best first{grey}."
            f"{some}{comparison(targets, top, found)}",
            shown,
            arrays(targets, top, found),
            steps=min(FRAMES, self.steps + 1),
            source=source(targets, recipe.parametrisation) + PUBLISHED * network.takes_pictures,
        )
