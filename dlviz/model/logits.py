"""What the final softmax or sigmoid of a network is fed."""

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
"""The smallest probability of which a logarithm is taken."""


def logits(network: Network, feeds: dict[str, Any]) -> Any:
    """The float32 logits (n, classes) for a batch for each input by name; differentiable. See `Network.logits`."""
    return logits_and_outputs(network, feeds, ())[0]


def logits_and_outputs(network: Network, feeds: dict[str, Any], layers: Sequence[str]) -> tuple[Any, list[Any]]:
    """The same, and what some layers give on the way to them, (n, ...) each: the last softmax hands on what it gets."""
    scale = scale_of(network.graph, network.output)
    is_behind = scale.is_plain and network.final != LINEAR

    def call(step: Step, *args: Any, **kwargs: Any) -> Any:
        if not is_behind or step.name not in scale.steps:
            return plain_call(step, *args, **kwargs)
        if not getattr(step.layer, "weights", ()):
            return args[0]
        with linear(activation_layer(step)):
            return plain_call(step, *args, **kwargs)

    *outputs, answer = network.graph.run(feeds, (*layers, network.output), call)
    ops = keras.ops
    z = ops.cast(ops.reshape(answer, (-1, math.prod(answer.shape[1:]))), "float32")
    if not is_behind and network.final == SOFTMAX:
        z = ops.log(ops.maximum(z, LEAST))
    elif not is_behind and network.final == SIGMOID:
        z = ops.log(ops.maximum(z, LEAST)) - ops.log(ops.maximum(1 - z, keras.config.epsilon()))
    return ops.concatenate([ops.zeros_like(z), z], axis=1) if z.shape[1] == 1 else z, outputs
