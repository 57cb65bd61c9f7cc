"""Jupyter: sheets show themselves as pictures, and a lecture becomes a notebook."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

from dlviz import draw
from dlviz.lectures.lecture import Lecture
from dlviz.request_text import python
from dlviz.sheet import Sheet
from dlviz_models.files import atomic_path

ENDING = ".ipynb"
DPI = 75
"""Pixels an inch of a picture in a notebook: about 1,000 across."""


def write(lecture: Lecture, path: str | os.PathLike[str]) -> None:
    """Write a lecture as a notebook (.ipynb, format 4.5) that draws its pictures when it is run."""
    cells = [_cell("markdown", f"# {lecture.title or 'Lecture'}", 0), _cell("code", "import dlviz", 1)]
    for item in lecture.items:
        title = item.title or item.request.view
        cells.append(_cell("markdown", f"## {title}\n\n{item.notes}".strip(), len(cells)))
        code = python(item.request).removeprefix("import dlviz").strip()
        cells.append(_cell("code", code, len(cells)))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
    with atomic_path(Path(path)) as temporary:
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _cell(kind: str, source: str, number: int) -> dict[str, Any]:
    outputs: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": f"cell{number}", "metadata": {}, "source": source, **outputs}


def show_sheets_in(shell: Any) -> None:
    """Let sheets show themselves as pictures in an IPython shell, which a notebook's kernel is."""
    formatters = shell.display_formatter.formatters
    formatters["image/png"].for_type(Sheet, png)
    formatters["text/plain"].for_type(Sheet, lambda sheet, printer, _: printer.text(f"{sheet.title}: {sheet.summary}"))


def png(sheet: Sheet) -> bytes:
    """A sheet as a PNG file."""
    from PIL import Image  # the window writes notebooks and draws no pictures

    file = io.BytesIO()
    Image.fromarray(draw.picture(sheet, DPI)).save(file, "png")
    return file.getvalue()
