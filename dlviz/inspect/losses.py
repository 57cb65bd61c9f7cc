"""The names of the losses that a network was compiled with, which show what its outputs mean."""

from __future__ import annotations

import re
from typing import Any

KNOWN = frozenset({
    "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "categorical_hinge", "circle", "cosine_similarity", "ctc", "dice", "hinge",
    "huber", "kl_divergence", "kullback_leibler_divergence", "log_cosh", "logcosh", "mae", "mape",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error",
    "mse", "msle", "poisson", "sparse_categorical_crossentropy", "squared_hinge", "tversky",
})  # fmt: skip
"""Keras's losses, as functions are called."""
FROM_LOGITS = " from logits"
"""Stands behind the name of a loss that takes logits."""
MOST_OUTPUTS = 1000


def compiled_with(noted: Any) -> dict[str, str]:
    """Return what `losses_in` does, of what a file notes of `compile`."""
    return losses_in(noted.get("loss")) if isinstance(noted, dict) else {}


def losses_in(stored: Any) -> dict[str, str]:
    """Return the names of Keras's losses in what `compile` was given or a file says of it; of others nothing.

    Args:
        stored: a name, an object as Keras serialises it, or a list or dict of these.

    Returns:
        The name of the loss for each output, by the output's name or number; by "" where one loss is for all.
    """
    if isinstance(stored, dict) and "class_name" not in stored:
        named = {name: _name(loss) for name, loss in list(stored.items())[:MOST_OUTPUTS] if isinstance(name, str)}
    elif isinstance(stored, list | tuple):
        named = {str(number): _name(loss) for number, loss in enumerate(stored[:MOST_OUTPUTS])}
    else:
        named = {"": _name(stored)}
    return {output[:200]: loss for output, loss in named.items() if loss}


def _name(loss: Any) -> str:
    """The name of one of Keras's losses, empty for anything else."""
    if isinstance(loss, str):
        return _known(loss)
    if not isinstance(loss, dict):
        return ""
    config = loss.get("config")
    if isinstance(config, str):  # a function
        return _known(config)
    name = _known(loss.get("class_name"))
    from_logits = isinstance(config, dict) and config.get("from_logits") is True
    return name + FROM_LOGITS if name and from_logits else name


def _known(name: Any) -> str:
    """The name as functions are called, empty where Keras has no such loss."""
    if not isinstance(name, str) or len(name) > 80:
        return ""
    plain = name.rpartition(">")[2]
    if plain != plain.lower():
        plain = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain).lower()
    return plain if plain in KNOWN else ""
