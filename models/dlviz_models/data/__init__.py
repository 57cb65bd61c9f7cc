"""Data sets: named ones, and readers of files.

The readers are imported when they are first asked for, because the window uses the types of samples without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlviz_models.data.parts import Data
from dlviz_models.data.pictures import ArrayPictures, Pictures

if TYPE_CHECKING:
    from dlviz_models.data.sources import names, open_data, open_pictures

__all__ = ["ArrayPictures", "Data", "Pictures", "names", "open_data", "open_pictures"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from dlviz_models.data import sources

        return getattr(sources, name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
