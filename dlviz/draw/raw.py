"""The arrays behind a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlviz.sheet import Sheet
from dlviz_models.errors import UserError


def write(sheets: Sequence[Sheet], path: Path, dpi: int) -> None:
    """The last sheet's arrays as a compressed .npz, and what made them: `caption` and `request`, both text."""
    if not sheets[-1].arrays:
        raise UserError(f"“{sheets[-1].title[:120]}” has no arrays to write as .npz: choose .png, .svg, .pdf or .html.")
    with open(path, "wb") as file:
        about = {"caption": sheets[-1].caption, "request": sheets[-1].request}
        made_by = {name: np.array(text) for name, text in about.items() if text}
        np.savez_compressed(file, **(made_by | dict(sheets[-1].arrays)), allow_pickle=False)
