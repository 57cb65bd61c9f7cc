"""The losses of a compiled Keras model."""

from __future__ import annotations

from typing import Any

import keras

from dlviz.inspect.losses import losses_in


def losses_of(model: keras.Model) -> dict[str, str]:
    """The names of a model's losses by output; empty if it was not compiled."""
    loss = getattr(model, "loss", None)
    return losses_in(keras.tree.map_structure(_serialised, loss)) if loss is not None else {}


def _serialised(loss: Any) -> Any:
    if isinstance(loss, str) or loss is None:
        return loss
    if isinstance(loss, keras.losses.Loss):
        return {"class_name": type(loss).__name__, "config": {"from_logits": loss.get_config().get("from_logits")}}
    return getattr(loss, "__name__", "")
