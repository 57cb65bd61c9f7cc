"""Keras as this project needs it, whatever another course has left in `~/.keras/keras.json`."""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from dlviz_models.errors import UserError
from dlviz_models.files import private_folder

BACKEND = "KERAS_BACKEND"
"""The environment variable that chooses what Keras computes with."""
HOME = "KERAS_HOME"
"""The environment variable that names the folder in which Keras looks for its settings, and keeps data sets."""
FOLDER = "dlviz-keras-"
"""How the names of the empty folders begin."""
ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
"""The environment variable that turns on Intel's kernels, which TensorFlow uses by itself on few processors."""
M_ARENA_MAX, HEAPS = -8, 2
"""The parameter of glibc's `mallopt` that limits its heaps, and their number here."""
PACKAGES = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
"""The backends that can be trained with, and the package of each."""
UNUSED = ("matplotlib", "sklearn")
"""Packages that Keras imports where they are installed, for functions that this project does not use: it takes a second
and 90 MB."""


def check_backend(*, for_views: bool) -> None:
    """Refuse a backend that is not installed, or that views cannot use; imports nothing.

    Raises:
        UserError: KERAS_BACKEND names such a backend.
    """
    asked = os.environ.get(BACKEND) or "tensorflow"
    if asked not in PACKAGES:
        known = ", ".join(PACKAGES)
        raise UserError(f"{BACKEND} is set to {asked[:60]}, not to one of {known}: unset it, or set it to one of them.")
    if find_spec(PACKAGES[asked]) is None:
        raise UserError(f"{BACKEND} is set to {asked}, which is not installed: unset it, or install {asked}.")
    if for_views and asked != "tensorflow":
        raise UserError(f"{BACKEND} is set to {asked}, and views need TensorFlow: unset it.")


def load_keras(*, for_views: bool = False, whole: bool = False) -> None:
    """Import Keras with its own defaults, or leave it as it is where it has been imported already.

    Keras reads its settings once, on being imported, from a file that all courses on a machine share: a backend that is
    not installed, channels first, half precision. Here it finds an empty folder instead; data sets that it downloads
    still go where they always do.

    Args:
        whole: whether with its wrappers for scikit-learn and its plots, which somebody else's program may use.

    Raises:
        UserError: as `check_backend`.
    """
    if keras := sys.modules.get("keras"):
        if for_views and keras.config.backend() != "tensorflow":
            raise UserError(f"Keras runs on {keras.config.backend()} here, and views need TensorFlow.")
        return
    check_backend(for_views=for_views)
    atexit.register(gc.freeze)  # or Python looks through all of Keras once more as it ends, for half a second
    shared = os.environ.get(HOME)
    with (
        private_folder(Path(tempfile.gettempdir()), FOLDER) as empty,
        _no_collector(),
        _hidden(() if whole else UNUSED),
    ):
        os.environ[HOME] = str(empty)
        try:
            from keras.src.backend import config
        finally:
            del os.environ[HOME]
    if shared is not None:
        os.environ[HOME] = shared
    config._KERAS_DIR = shared or os.path.join(os.path.expanduser("~"), ".keras")


def set_up_tensorflow() -> None:
    """Let TensorFlow, before it is imported, compute fast and need little memory.

    On processors without AVX-512 oneDNN's convolutions take half the time of TensorFlow's own, so they are turned on
    unless the environment says otherwise. Threads share two heaps, where glibc would give each its own: what one has
    freed another can then use, which takes a third less memory for an index.
    """
    os.environ.setdefault(ONEDNN, "1")
    if sys.platform == "linux":
        with suppress(AttributeError):  # where the C library is another
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without the garbage collector, which would go through what is imported again and again, for a second."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _hidden(packages: Sequence[str]) -> Iterator[None]:
    """As if the packages were not installed, but for those that have been imported already."""
    hidden = dict.fromkeys(set(packages) - sys.modules.keys())
    sys.modules.update(hidden)  # type: ignore[arg-type]  # importing what is None fails
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
