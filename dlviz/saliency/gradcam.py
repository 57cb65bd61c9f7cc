"""Class activation maps: the weighted sum of the activation maps of one layer."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import one_of, size_of
from dlviz.progress import Progress
from dlviz.saliency.method import Attribution, Method
from dlviz_models.errors import UserError
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.saliency.target import Target


@dataclass(frozen=True)
class GradCAM(Method):
    """R. R. Selvaraju et al., Grad-CAM, ICCV 2017, arXiv 1610.02391: max(sum_k w_k A_k, 0), w_k the mean gradient."""

    name = "gradcam"
    title = "Grad-CAM"
    summary = "the last maps, each times its mean gradient"
    source = "R. Selvaraju et al., Grad-CAM: visual explanations from deep networks, 2017, arXiv 1610.02391"

    cam_layer: str = option(
        "",
        "the layer whose maps are weighed; empty: the last convolution before the classes",
        label="layer weighed",
        zero="the last one",
    )

    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        from scipy.ndimage import zoom

        layers = cam_layers(target)
        if not layers or (self.cam_layer and self.cam_layer not in layers):
            raise UserError(_no_such_layer(target, self.cam_layer, layers))
        layer = self.cam_layer or default_cam_layer(target, layers)
        yield Progress(0, 1, f"the maps of {layer}")
        maps, gradient = target.at_layer(layer)  # (*axes, units)
        cam = np.maximum(maps @ self.weights(maps, gradient), 0)  # (*axes,)
        places = target.values.shape[:-1]
        enlarged = zoom(cam, [n / m for n, m in zip(places, cam.shape, strict=True)], order=1, grid_mode=True,
                        mode="nearest")  # fmt: skip
        note = f"The maps of {layer} have {size_of(cam.shape)} places."
        return Attribution(enlarged.astype(np.float32), note)

    def weights(self, maps: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """The weight of each unit's map, (units,), from maps and gradients (*axes, units)."""
        mean: np.ndarray = gradient.mean(axis=tuple(range(gradient.ndim - 1)))
        return mean


@dataclass(frozen=True)
class GradCAMPlusPlus(GradCAM):
    """A. Chattopadhay et al., Grad-CAM++, WACV 2018, arXiv 1710.11063, equation 19: only positive gradients count."""

    name = "gradcam++"
    title = "Grad-CAM++"
    summary = "the same, each place of a map weighed by itself"
    source = "A. Chattopadhyay et al., Grad-CAM++, 2018, arXiv 1710.11063"

    def weights(self, maps: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        axes = tuple(range(maps.ndim - 1))
        square, cube = gradient**2, gradient**3
        denominator = 2 * square + maps.sum(axis=axes) * cube
        alpha = np.divide(square, denominator, out=np.zeros_like(square), where=denominator != 0)
        weights: np.ndarray = (alpha * np.maximum(gradient, 0)).sum(axis=axes)
        return weights


def cam_layers(target: Target) -> list[str]:
    """The layers between input and output whose maps have the input's axes and more than one position; convolutions
    last."""
    from dlviz.saliency.score import steps_between

    network, axes = target.score.network, target.values.ndim - 1
    way = steps_between(network.graph, target.score.variable, network.output)[1:]
    layers = [network.layers[name] for name in way if name in network.layers and name != network.output]
    maps = [layer for layer in layers if layer.units and len(layer.axes) == axes and "query" not in layer.axes]
    large = [layer for layer in maps if math.prod(n or 2 for n in layer.shape) > layer.units]
    return [layer.name for layer in sorted(large, key=lambda layer: layer.has_kernel and layer.kind != "Dense")]


def default_cam_layer(target: Target, layers: list[str]) -> str:
    """The last of the layers; if it has one map per class, as in SqueezeNet, the layer that it is computed from."""
    from dlviz.model.graph import step_of
    from dlviz.saliency.score import steps_between

    network, last = target.score.network, layers[-1]
    after = steps_between(network.graph, step_of(last), network.output)[1:]
    is_last = not any(network.layers[name].has_kernel for name in after if name in network.layers)
    if not is_last or network.layers[last].units != target.weights.shape[-1]:
        return last
    before = network.layers[last].parents[0]
    while "Dropout" in network.layers[before].kind:
        before = network.layers[before].parents[0]
    return before if before in layers else last


def _no_such_layer(target: Target, layer: str, layers: list[str]) -> str:
    name = target.score.network.name
    if not layers:
        return f"{name} has no layer of maps for Grad-CAM to weigh: choose another method."
    return f"Option cam_layer={layer[:60]} is not a layer of {name} with maps to weigh: choose {one_of(layers[-6:])}."
