"""The logits of a network: the input of its final softmax or sigmoid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras

from dlviz.model.graph import Step, linear, plain_call
from dlviz.model.scales import LINEAR, SIGMOID, SOFTMAX, activation_layer, scale_of

if TYPE_CHECKING:
    from dlviz.network import Network

LEAST = 1e-30
"""The lower bound of probabilities before the logarithm."""


def logits(network: Network, feeds: dict[str, Any]) -> Any:
    """The logits, float32 (n, classes), for a batch per input; differentiable. See `Network.logits`."""
    return logits_and_outputs(network, feeds, ())[0]


def logits_and_outputs(network: Network, feeds: dict[str, Any], layers: Sequence[str]) -> tuple[Any, list[Any]]:
    """The logits and the outputs of some layers, (n, ...) each, from one pass without the final activation."""
    scale = scale_of(network.graph, network.output)
    can_skip = scale.is_plain and network.final != LINEAR

    def call(step: Step, *args: Any, **kwargs: Any) -> Any:
        if not can_skip or step.name not in scale.steps:
            return plain_call(step, *args, **kwargs)
        if not getattr(step.layer, "weights", ()):
            return args[0]
        with linear(activation_layer(step)):
            return plain_call(step, *args, **kwargs)

    *outputs, answer = network.graph.run(feeds, (*layers, network.output), call)
    ops = keras.ops
    z = ops.cast(ops.reshape(answer, (-1, math.prod(answer.shape[1:]))), "float32")
    if not can_skip and network.final == SOFTMAX:
        z = ops.log(ops.maximum(z, LEAST))
    elif not can_skip and network.final == SIGMOID:
        z = ops.log(ops.maximum(z, LEAST)) - ops.log(ops.maximum(1 - z, keras.config.epsilon()))
    return ops.concatenate([ops.zeros_like(z), z], axis=1) if z.shape[1] == 1 else z, outputs
