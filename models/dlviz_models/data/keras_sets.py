"""Keras's own data sets, from its cache or by download; the one reader that imports Keras."""

import contextlib
import io
from importlib import import_module

from dlviz_models.data.npz import as_pixels
from dlviz_models.data.pictures import ArrayPictures, Data, checked_labels
from dlviz_models.errors import UserError


def read_keras_set(name: str, class_names: tuple[str, ...]) -> Data:
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
    train, test = (
        ArrayPictures(part, as_pixels(x, part), checked_labels(y, len(x), class_names, part), class_names)
        for part, (x, y) in zip((f"{name}/train", name), parts, strict=True)
    )
    return Data.divided(name, train, test)
