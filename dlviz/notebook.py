"""Jupyter: sheets show themselves as pictures, and requests become the cells of a notebook."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from dlviz import draw
from dlviz.jobs import Request
from dlviz.request_text import python
from dlviz.sheet import Sheet
from dlviz_models.files import atomic_path

DPI = 75
"""Pixels an inch of a picture in a notebook: about 1,000 across."""


@dataclass(frozen=True)
class Passage:
    """One picture of a notebook: a heading, words in Markdown, and what draws it."""

    title: str
    notes: str
    request: Request


def write(passages: Iterable[Passage], path: str | os.PathLike[str]) -> None:
    """Write a notebook (.ipynb, format 4.5) that draws the pictures again when it is run."""
    cells = [_cell("code", "import dlviz", 0)]
    for passage in passages:
        cells.append(_cell("markdown", f"## {passage.title}\n\n{passage.notes}".strip(), len(cells)))
        code = python(passage.request).removeprefix("import dlviz").strip()
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
    file = io.BytesIO()
    Image.fromarray(draw.picture(sheet, DPI)).save(file, "png")
    return file.getvalue()
