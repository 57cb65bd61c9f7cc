"""What is maximised: a response at one position, a mean over the map, or the score of a class."""

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
    """Responses to maximise.

    Attributes:
        layer: whose units respond.
        of: the input that is changed.
    """

    name: ClassVar[str]
    network: Network
    layer: str
    of: str

    @cached_property
    def spot(self) -> Spot:
        """What is fed, and which part of it is painted."""
        return whole(self.network, self.of)

    @abstractmethod
    def responses(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The responses (n, units) to inputs (n, *fed), and what is put into the activations that give them."""

    def features(self, x: Tensor) -> Tensor:
        """The maps (n, *axes, units) by which pictures of one unit are told apart: those of the layer, or of the last
        one before it that has maps."""
        steps = [step.name for step in self.network.graph.ancestors((self.layer,))]
        mapped = [name for name in steps if name in self.network.layers and self.network.layers[name].axes]
        name = self.layer if self.network.layers[self.layer].axes or not mapped[1:] else mapped[-1]
        return as_maps(self.network, name, self.network.graph.run({self.of: x}, (name,))[0])

    @cached_property
    def _last_activations(self) -> tuple[str, ...]:
        """The steps whose activations give the layer's maps, whatever without weights comes after them."""
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
        """The maps of the layer (n, *axes, units), and what they would be without their last activations.

        A distribution over classes is shown by what the softmax is given: a class would also win by the loss of others.
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

        graph, feeds, taps = self.network.graph, {self.of: x}, (self.layer,)
        after = as_maps(self.network, self.layer, graph.run(feeds, taps, call)[0])
        put_in = as_maps(self.network, self.layer, graph.run({**feeds, **before}, taps)[0]) if before else after
        is_distribution = self.layer == self.network.output and self.network.final == SOFTMAX
        return (put_in, put_in) if is_distribution else (after, put_in)


def _is_activation(layer: Any) -> bool:
    return type(layer).__name__ in _ACTIVATIONS


def _fused(layer: Any) -> bool:
    """Whether a layer with weights applies an activation to what it computes, and to nothing else."""
    is_one = isinstance(layer, keras.layers.Dense | BaseConv | BaseDepthwiseConv | BaseSeparableConv)
    return is_one and layer.activation is not keras.activations.linear


class Unit(Objective):
    """The response at one position, to a picture no larger than what is seen from there."""

    name = "unit"

    @cached_property
    def spot(self) -> Spot:
        return central_spot(self.network, self.layer, self.of)

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
        logits = self.network.logits({self.of: x})
        return logits, logits


_ACTIVATIONS = {
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Relu", "Relu6", "Sigmoid", "Tanh", "Softplus", "Elu",
    "LeakyRelu", "Selu",
}  # fmt: skip
