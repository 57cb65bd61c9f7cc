"""The arrays behind a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlviz.sheet import Sheet
from dlviz_models.errors import UserError


def write(sheets: Sequence[Sheet], path: Path, dpi: int) -> None:
    """The last sheet's arrays as a compressed .npz."""
    if not sheets[-1].arrays:
        raise UserError(f"“{sheets[-1].title[:120]}” has no arrays to write as .npz: choose .png, .svg, .pdf or .html.")
    with open(path, "wb") as file:
        np.savez_compressed(file, **sheets[-1].arrays, allow_pickle=False)
