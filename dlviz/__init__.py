"""Look inside trained networks: the command line's words as functions.

    dlviz.show("activations", "lenet5", layer="conv2", input="digits:7")
    dlviz.open_model("net.keras").layers
    dlviz.lesson("convolution2d", preset="Sobel x", out="sobel.pdf")
    dlviz.index("lenet5", "digits")["conv2"].score
    dlviz.train("lenet5", "digits", "net.keras", epochs=2)
    for seen in dlviz.watch("lenet5", "digits", "maps", epochs=2): ...

Nothing heavy is imported before the first call.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dlviz_models.keras_settings import load_keras

if TYPE_CHECKING:
    from dlviz.api import compare, index, open_model, save, search, show, take_home, train, watch
    from dlviz.films import show_lesson as lesson

__all__ = ["compare", "index", "lesson", "open_model", "save", "search", "show", "take_home", "train", "watch"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        _show_sheets_in_notebooks()
    if name == "lesson":
        return import_module("dlviz.films").show_lesson
    if name in __all__:
        load_keras(for_views=name not in ("train", "search"), whole=True)
        return getattr(import_module("dlviz.api"), name)
    raise AttributeError(f"module dlviz has no attribute {name}")


def _show_sheets_in_notebooks() -> None:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        import_module("dlviz.lectures.notebook").show_sheets_in(shell)


def __dir__() -> list[str]:
    return __all__
