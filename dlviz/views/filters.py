"""The weights of a layer as pictures: what each unit looks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlviz.grammar import article, in_digits
from dlviz.jobs import Description, LayerInfo
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Panel, Sheet, retitled
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.model.weights import Weight

MOST_PANELS = 8
FULL = 32
"""Bits of a number of single precision, which is not remarked on."""
ASIDE = ("bias", "vector_u")
"""Weights of several axes that are shown only where they are asked for."""


@dataclass(frozen=True)
class Filters(View):
    """The weights of a layer as tiles or matrices, as they stand in the file: no sample is needed.

    >>> import dlviz
    >>> dlviz.show("filters", "lenet5", layer="conv1").arrays["weights"].shape  # (height, width, channels, units)
    (5, 5, 1, 6)
    """

    name = "filters"
    summary = "The weights of a layer; in pictures of them grey is 0, bright excites the unit, dark inhibits it."
    needs = frozenset({"network", "layer"})
    units = False
    order = 2
    chosen_units = True

    weight: str = option(
        "",
        "the name of one of the layer's weights; empty: its kernels",
        suggests="weight",
        zero="the kernel",
    )
    slices: int = option(
        16,
        "how many input channels to show for each unit",
        low=1,
        high=512,
        label="inputs shown",
    )
    shown: int = option(
        64,
        "how many units to show, if each has many inputs",
        low=1,
        high=4096,
        label="units shown",
        formerly="rows",
    )
    words: str = option(
        "",
        "for an embedding, the tokens to show, separated by spaces; empty: the first ones",
        label="tokens shown",
        zero="the first ones",
        layers=("Embedding",),
    )

    @classmethod
    def layer_obstacle(cls, network: Description, layer: LayerInfo) -> str:
        if layer.weights:
            return ""
        near = ", ".join([la.name for la in network.layers if la.weights][:8]) or "none"
        return f"Layer {layer.name[:60]} is {article(layer.kind)} without weights: {network.name} has {near}."

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.model.weights import main_weight, weights_of
        from dlviz.panels.weights import Excerpt

        network, layer = scene.network, scene.layer
        weights = weights_of(network.keras_layer(layer))
        chosen = self._chosen(layer, weights)
        choice = Excerpt(scene.units, self.slices, self.shown, tuple(self.words.split()))
        panels: list[Panel] = []
        shown: list[str] = []
        for name in chosen:
            found = self._panels(scene, weights[name], choice)
            if panels and len(panels) + len(found) > MOST_PANELS:
                break
            panels += found if len(chosen) == 1 else [_named(panel, name) for panel in found]
            shown.append(name)
            yield Progress(len(shown), len(chosen), name)
        main = main_weight(weights)
        yield Sheet(
            title=f"{network.name} · {layer} · {self.weight or 'filters'}",
            summary=_sentence(layer, weights, shown),
            panels=tuple(panels),
            arrays={
                "weights": weights[main].values,
                **{f"weights:{n}": w.values for n, w in weights.items() if n != main},
            },
        )

    def _chosen(self, layer: str, weights: Mapping[str, Weight]) -> list[str]:
        """The names of the weights that are shown."""
        from dlviz.model.weights import main_weight
        from dlviz.panels.weights import gates_of

        if self.weight:
            if self.weight not in weights:
                known = ", ".join(weights)
                raise UserError(f"Layer {layer[:60]} has no weight {self.weight[:60]}: choose one of {known[:250]}.")
            return [self.weight]
        main = main_weight(weights)
        if gates_of(weights[main].owner, weights[main].last_name):
            return [main]
        kernels = [n for n, w in weights.items() if len(w.variable.shape) > 1 and w.last_name not in ASIDE]
        return kernels or list(weights)

    def _panels(self, scene: Scene, weight: Weight, choice) -> tuple[Panel, ...]:
        from dlviz.panels.weights import panels_of, panels_of_heads

        if self.weight and (heads := panels_of_heads(scene.layer, weight)):
            return heads
        return panels_of(scene.network, scene.layer, weight, choice)


def _named(panel: Panel, name: str) -> Panel:
    return retitled(panel, f"{name}: {panel.title}" if panel.title else name)


def _sentence(layer: str, weights: Mapping[str, Weight], shown: list[str]) -> str:
    """What is shown: names, sizes and range of the weights shown, and the names of the others."""
    sizes, low, high, bits = [], [], [], set()
    for name in shown:
        values = weights[name].values
        size = " × ".join(map(str, values.shape))
        sizes.append(f"{name} ({size})" if size else name)
        low.append(values.min())
        high.append(values.max())
        if weights[name].bits != FULL:
            bits.add(weights[name].bits)
    scaled = " and scaled back" if any(weights[name].is_quantised for name in shown) else ""
    stored = f", stored as {' or '.join(map(str, sorted(bits)))} bits{scaled}" if bits else ""
    rest = [name for name in weights if name not in shown]
    others = f" Not shown: {', '.join(rest)}." if rest else ""
    ends = f"{in_digits(min(low))} to {in_digits(max(high))}"
    return f"The weights of {layer}: {', '.join(sizes)}, {ends}{stored}.{others}"
