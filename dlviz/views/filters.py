"""The weights of a layer as pictures: what each unit looks for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.sheet import Matrix, Panel, Progress, Sheet, Tiles
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.network import Network

_PASSING = {"Flatten", "Reshape", "Dropout", "Rescaling", "Normalization", "Activation", "ReLU", "BatchNormalization"}
"""What may stand between a map and the dense layer whose weights are laid out as that map."""


@dataclass(frozen=True)
class Filters(View):
    name = "filters"
    says = "The weights of a layer: grey is 0, white pulls the unit up, black holds it down."
    needs = frozenset({"network", "layer"})
    units = False
    order = 2

    slices: int = option(16, "of how many inputs each unit's weights are shown, where there are many", low=1, high=512)
    rows: int = option(64, "how many units are shown, where each has many inputs", low=1, high=4096)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        network, layer = scene.network, scene.network.layers[scene.layer]
        if not layer.has_kernel:
            with_weights = [n for n, other in network.layers.items() if other.has_kernel]
            near = ", ".join(with_weights[:8]) or "none"
            raise UserError(f"Layer {layer.name[:60]} is a {layer.kind} without weights: {network.name} has {near}.")
        weights = np.asarray(network.keras_layer(layer.name).kernel, np.float32)
        kernels = _kernels(network, layer.name, layer.kind, weights)  # (height, width, inputs, units)
        count = kernels.shape[-1]
        units = scene.units or tuple(range(count))
        if kernels.shape[2] not in (1, 3) or kernels.shape[:2] == (1, 1):
            units = units[: self.rows]
        panel, inputs = self._panel(network, layer.name, kernels[..., list(units)], units)
        part = "" if inputs == kernels.shape[2] else f", the first {inputs} of {kernels.shape[2]} inputs"
        shown = f"{len(units)} of the {count} units" if len(units) < count else f"the {count} units"
        size = " × ".join(map(str, weights.shape))
        yield Sheet(
            title=f"{network.name} · {layer.name} · filters",
            says=f"The weights ({size}) of {shown} of {layer.name}{part}: {weights.min():.3g} to {weights.max():.3g}.",
            panels=(panel,),
            arrays={"weights": weights},
        )

    def _panel(self, network: Network, name: str, kernels: np.ndarray, units: Sequence[int]) -> tuple[Panel, int]:
        """The panel of the chosen units' kernels (height, width, inputs, units), and how many inputs it shows."""
        height, width, inputs, _ = kernels.shape
        if (height, width) == (1, 1):
            return _matrix(kernels[0, 0].T, units), inputs
        if inputs in (1, 3):
            flip = inputs == 3 and network.preprocess.bgr and _sees_picture(network, name)
            images = np.moveaxis(kernels[:, :, ::-1] if flip else kernels, -1, 0)  # (units, h, w, inputs)
            captions = tuple(f"{u}: {w.min():.2g} to {w.max():.2g}" for u, w in zip(units, images, strict=True))
            return Tiles(images, "signed", captions=captions, keys=tuple(units), selects="unit"), inputs
        shown = min(inputs, self.slices)
        images = np.moveaxis(kernels, (3, 2), (0, 1))[:, :shown]  # (units, shown, h, w)
        peak = np.abs(images).max(axis=(1, 2, 3), keepdims=True)
        grey = np.rint(127.5 + 127.5 * images / np.where(peak > 0, peak, 1)).astype(np.uint8)
        return Tiles(
            grey.reshape(-1, height, width, 1),
            "pixels",
            title="Each row a unit, each column one of its inputs; a row has its own scale",
            keys=tuple(u for u in units for _ in range(shown)),
            selects="unit",
            columns=shown,
            row_labels=tuple(map(str, units)),
            column_labels=tuple(map(str, range(shown))),
        ), shown


def _kernels(network: Network, name: str, kind: str, weights: np.ndarray) -> np.ndarray:
    """The weights as (height, width, inputs, units)."""
    if "Depthwise" in kind:  # (h, w, inputs, multiplier): each unit has one input
        return weights.reshape(*weights.shape[:-2], 1, -1) if weights.ndim == 4 else weights.reshape(1, -1, 1, -1)
    if "Transpose" in kind:  # (..., units, inputs)
        weights = weights.swapaxes(-1, -2)
    if weights.ndim == 4:
        return weights
    if weights.ndim == 3 and "Conv" in kind:
        return weights[None]
    flat = weights.reshape(-1, weights.shape[-1])  # (inputs, units)
    return flat.reshape(*_laid_out(network, name, len(flat)), -1)


def _laid_out(network: Network, name: str, inputs: int) -> tuple[int, int, int]:
    """The (height, width, channels) of the map that a dense layer's inputs are, or (1, 1, inputs)."""
    while len(parents := network.layers[name].parents) == 1:
        name = parents[0]
        shape = network.layers[name].shape
        if len(shape) == 3 and None not in shape:
            height, width, channels = (int(n or 0) for n in shape)
            fits = height * width * channels == inputs and not network.channels_first(name)
            return (height, width, channels) if fits else (1, 1, inputs)
        if network.layers[name].kind not in _PASSING:
            break
    return 1, 1, inputs


def _sees_picture(network: Network, name: str) -> bool:
    """Whether no layer with weights stands before this one, so that its inputs are the picture's colours."""
    before = [step.name for step in network.graph.ancestors([name]) if step.name != name]
    return not any(network.layers[n].has_kernel for n in before)


def _matrix(values: np.ndarray, units: Sequence[int]) -> Matrix:
    """Weights (units, inputs) as numbers."""
    peak = float(np.abs(values).max(initial=0))
    decimals = 2 if peak == 0 else max(0, min(4, 1 - math.floor(math.log10(peak))))
    inputs = tuple(map(str, range(values.shape[1])))
    return Matrix(values, tuple(map(str, units)), inputs, "unit", "input", decimals=decimals)
