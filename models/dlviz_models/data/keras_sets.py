"""Keras's own data sets, from its cache or by download; the one reader that imports Keras."""

import contextlib
import io
from importlib import import_module
from typing import Any

from dlviz_models.data.npz import data_in
from dlviz_models.data.parts import Data
from dlviz_models.errors import UserError


def read_keras_set(name: str, class_names: tuple[str, ...]) -> Data[Any]:
    """Load `keras.datasets.NAME`.

    Raises:
        UserError: it is not in the cache and cannot be downloaded.
    """
    module = import_module(f"keras.datasets.{name}")
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # Keras reports its download there
            parts = module.load_data()
    except Exception as error:  # Keras wraps network failures in a bare Exception
        raise UserError(
            f"{name} could not be downloaded; connect to the network, or give the path of an .npz with x_train, "
            "y_train, x_test, y_test, or use the shipped digits or fashion."
        ) from error
    (x_train, y_train), (x_test, y_test) = parts
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    return data_in(arrays, name, class_names)
