"""Objectives of feature visualisation: a unit at one position, the mean of a channel, or a class logit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import keras
from keras import ops
from keras.src.layers.convolutional.base_conv import BaseConv
from keras.src.layers.convolutional.base_depthwise_conv import BaseDepthwiseConv
from keras.src.layers.convolutional.base_separable_conv import BaseSeparableConv

from dlviz.maximise.spot import Spot, central_spot, whole
from dlviz.model.graph import Step, linear, plain_call, step_of
from dlviz.model.scales import SOFTMAX
from dlviz.network import Network
from dlviz.scan.best import as_maps

Tensor = Any


@dataclass(frozen=True)
class Objective(ABC):
    """The responses of a layer's units as a function of one input.

    Attributes:
        input: the name of the input that is optimised.
    """

    name: ClassVar[str]
    network: Network
    layer: str
    input: str

    @cached_property
    def spot(self) -> Spot:
        """The shape of the network's input, and the part of it that is optimised."""
        return whole(self.network, self.input)

    @abstractmethod
    def responses(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The responses and pre-activations, (n, units) each, for inputs (n, *fed)."""

    def features(self, x: Tensor) -> Tensor:
        """The maps (n, *axes, units) that measure the similarity of pictures: those of the layer, or of the last layer
        before it that has maps."""
        steps = [step.name for step in self.network.graph.ancestors((self.layer,))]
        mapped = [name for name in steps if name in self.network.layers and self.network.layers[name].axes]
        name = self.layer if self.network.layers[self.layer].axes or not mapped[1:] else mapped[-1]
        return as_maps(self.network, name, self.network.graph.run({self.input: x}, (name,))[0])

    @cached_property
    def _last_activations(self) -> tuple[str, ...]:
        """The steps with the last activations before the layer's output, looking through layers without weights."""
        found: dict[str, None] = {}
        queue = [step_of(self.layer)]
        while queue:
            step = self.network.graph.steps[queue.pop()]
            if _is_activation(step.layer) or _fused(step.layer):
                found[step.name] = None
            elif not getattr(step.layer, "weights", ()):
                queue.extend(self.network.graph.parents[step.name])
        return tuple(found)

    def _maps(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The maps of the layer with and without the last activations, (n, *axes, units) each.

        A softmax output is replaced by its logits, since a probability also grows by lowering other classes.
        """
        before: dict[str, Tensor] = {}

        def call(step: Step, *args: Any, **kwargs: Any) -> Tensor:
            if step.name not in self._last_activations:
                return plain_call(step, *args, **kwargs)
            if _is_activation(step.layer):
                before[step.name] = args[0]
                return plain_call(step, *args, **kwargs)
            with linear(step.layer):
                before[step.name] = plain_call(step, *args, **kwargs)
            return step.layer.activation(before[step.name])

        graph, feeds, taps = self.network.graph, {self.input: x}, (self.layer,)
        after = as_maps(self.network, self.layer, graph.run(feeds, taps, call)[0])
        drive = as_maps(self.network, self.layer, graph.run({**feeds, **before}, taps)[0]) if before else after
        is_distribution = self.layer == self.network.output and self.network.final == SOFTMAX
        return (drive, drive) if is_distribution else (after, drive)


def _is_activation(layer: Any) -> bool:
    return type(layer).__name__ in _ACTIVATIONS


def _fused(layer: Any) -> bool:
    """Whether a layer with weights ends with an activation other than linear."""
    is_one = isinstance(layer, keras.layers.Dense | BaseConv | BaseDepthwiseConv | BaseSeparableConv)
    return is_one and layer.activation is not keras.activations.linear


class Unit(Objective):
    """The response at one position, for a picture the size of its receptive field."""

    name = "unit"

    @cached_property
    def spot(self) -> Spot:
        return central_spot(self.network, self.layer, self.input)

    def responses(self, x: Tensor) -> tuple[Tensor, Tensor]:
        at = (slice(None), *self.spot.position)
        after, before = self._maps(x)
        return after[at], before[at]


class Channel(Objective):
    """The mean response over the whole map."""

    name = "channel"

    def responses(self, x: Tensor) -> tuple[Tensor, Tensor]:
        after, before = self._maps(x)
        axes = tuple(range(1, len(after.shape) - 1))
        return (ops.mean(after, axes), ops.mean(before, axes)) if axes else (after, before)


class Class(Objective):
    """The logit of a class."""

    name = "class"

    def responses(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.network.logits({self.input: x})
        return logits, logits


_ACTIVATIONS = {
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Relu", "Relu6", "Sigmoid", "Tanh", "Softplus", "Elu",
    "LeakyRelu", "Selu",
}  # fmt: skip
