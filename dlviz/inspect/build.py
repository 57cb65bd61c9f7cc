"""Building a network from its clean configuration and clean weights; the one place here that knows Keras."""

import math
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
from keras.src.backend.common import global_state

from dlviz.inspect.refusal import shown
from dlviz.inspect.trust import imported
from dlviz_models.errors import UserError

_SCOPE = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")
SPARE = 4 * 1024**2  # numbers that a network may hold without their being in its file: states, seeds


def build(config: dict[str, Any], weights: Path, report: dict[str, Any], path: str | os.PathLike[str]) -> keras.Model:
    """Return the network, not compiled, with its weights set.

    The variables get their memory only once their total size is known to be in the file.

    Args:
        config, weights, report: what the inspection left.
        path: the user's file, for messages.

    Raises:
        UserError: configuration and weights do not fit together, or Keras cannot build it.
    """
    for module in report["imports"]:
        import_module(module)
    objects = {word: imported(word) for word in report["facts"]["trusted"]}
    stored = report["facts"]["weights"]
    with _waiting_variables(), _told(path, "cannot be built"):
        with keras.StatelessScope(initialize_variables=False):
            model = keras.saving.deserialize_keras_object(config, custom_objects=objects)
        waiting = global_state.get_global_attribute("uninitialized_variables", [])  # those of unused layers as well
        needed = sum(math.prod(variable.shape) for variable in waiting)
        if needed > stored + SPARE:
            raise UserError(
                f"{_name(path)} declares {needed:,} weights but holds {stored:,}; download or save it again."
            )
        with keras.StatelessScope():
            pass  # on leaving, Keras gives their memory to the variables that wait for it
    set_weights(model, weights, path)
    _name_scopes(model)
    return model


def set_weights(model: keras.Model, weights: Path, path: str | os.PathLike[str]) -> None:
    """Set the network's weights from the clean copy.

    Raises:
        UserError: they do not fit.
    """
    with _told(path, "has weights that do not fit its network"):
        model.load_weights(weights)


def _name_scopes(model: keras.Model) -> None:
    """Let layers of any name be compiled: TensorFlow takes few letters for the scope that Keras names after a layer."""
    for layer in model._flatten_layers():
        if not _SCOPE.fullmatch(layer.name):
            name = "layer_" + re.sub(r"[^A-Za-z0-9_.-]", "_", layer.name)
            layer._open_name_scope = partial(keras.name_scope, name, caller=layer)


@contextmanager
def _waiting_variables() -> Iterator[None]:
    """On an error forget the variables that still wait for their memory, or the next network would bring them along."""
    try:
        yield
    except BaseException:
        global_state.set_global_attribute("uninitialized_variables", [])
        raise


@contextmanager
def _told(path: str | os.PathLike[str], what: str) -> Iterator[None]:
    """Turn what Keras raises, and its warnings of weights left out, into one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Skipping nested container")
            yield
    except UserError:
        raise
    except UserWarning as error:
        raise UserError(
            f"{_name(path)} {what}: it has none for some layers; give the weights of this network."
        ) from error
    except MemoryError as error:
        raise UserError(f"{_name(path)} needs more memory than there is; open a smaller network.") from error
    except Exception as error:  # Keras's layers raise whatever their arguments make them stumble over
        cause: BaseException = error
        while cause.__context__ is not None:
            cause = cause.__context__
        reason = shown(re.sub(r"\s+", " ", str(cause)).strip(), 160).rstrip(".")
        raise UserError(
            f"{_name(path)} {what} ({reason}); save the network again with a current version of Keras."
        ) from error


def _name(path: str | os.PathLike[str]) -> str:
    return shown(os.path.basename(os.fspath(path)), 80)
