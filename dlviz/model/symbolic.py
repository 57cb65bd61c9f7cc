"""Convert a subclassed Keras model to a functional one by calling it on symbolic inputs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import keras

from dlviz_models.errors import UserError


def is_functional(model: Any) -> bool:
    """Whether a layer is a Sequential or functional model."""
    return isinstance(model, keras.Sequential | keras.src.models.Functional)


def functional(model: keras.Model) -> keras.Model:
    """Return the model itself if it is Sequential or functional, else a functional model traced from its `call`.

    Layers and weights are shared with the model.

    Raises:
        UserError: the model has not been built, or its `call` cannot be traced.
    """
    if is_functional(model):
        return model
    if not model.built:
        raise UserError(f"The network {model.name} has no input shape yet: call it once on a picture, then open it.")
    shapes = getattr(model, "_build_shapes_dict", None) or {}
    names = [name for name in inspect.signature(model.call).parameters if name != "training"]
    inputs = [_input(shape, name) for shape, name in zip(shapes.values(), names, strict=False)]
    try:
        if not inputs:
            raise ValueError("Keras notes no shape of its input")
        return _traced(model, inputs, {})
    except Exception as error:  # a user's `call` may raise anything
        reason = re.sub(r"\s+", " ", str(error)).strip()[:120].rstrip(".")
        raise UserError(
            f"The network {model.name} is a subclassed Keras model whose `call` cannot be followed on symbolic inputs"
            f" ({reason}): build it with the functional API, or from Keras layers and keras.ops only."
        ) from error


def functional_call(model: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> keras.Model | None:
    """Return the functional model for one call of a subclassed model inside another; None if it cannot be traced.

    It takes the tensors in `args` as a list.
    """
    if not isinstance(model, keras.Model) or any(isinstance(t, keras.KerasTensor) for t in keras.tree.flatten(kwargs)):
        return None
    with suppress(Exception):  # a model that cannot be traced stays a single layer
        return _traced(model, keras.tree.map_structure(_like, list(args)), kwargs)
    return None


def _traced(model: keras.Model, inputs: Sequence[Any], kwargs: Mapping[str, Any]) -> keras.Model:
    training = {"training": False} if "training" in inspect.signature(model.call).parameters else {}
    outputs = model.call(*inputs, **{**training, **kwargs})
    tensors = keras.tree.flatten(list(inputs))
    return keras.Model(tensors if len(tensors) > 1 else tensors[0], outputs, name=model.name)


def _like(tensor: Any) -> Any:
    if not isinstance(tensor, keras.KerasTensor):
        return tensor
    return keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype)


def _input(shape: Any, name: str) -> Any:
    """An input, or a structure of inputs, of a shape with which the model was built."""
    if isinstance(shape, dict):
        return {key: _input(each, key) for key, each in shape.items()}
    if all(size is None or isinstance(size, int) for size in shape):
        return keras.Input(tuple(shape[1:]), name=name)
    return [_input(each, f"{name}_{number}") for number, each in enumerate(shape)]
