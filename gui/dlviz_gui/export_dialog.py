"""Asking where to write what is shown, and as what."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget

from dlviz import draw

NAMES = {
    ".png": "Picture",
    ".svg": "Vector graphics",
    ".pdf": "PDF",
    ".html": "Web page",
    ".pptx": "Slides",
    ".gif": "Film",
    ".webp": "Smaller film",
    ".npz": "Raw arrays",
}


def filters() -> dict[str, str]:
    """The ending of each medium that can be written, by what the dialog calls it."""
    return {f"{NAMES.get(ending, ending[1:].upper())} (*{ending})": ending for ending in draw.MEDIA}


def ask_export_path(parent: QWidget, name: str) -> str:
    """Where to write, with an ending; empty where nothing was chosen. `name` is offered, without an ending."""
    endings = filters()
    path, chosen = QFileDialog.getSaveFileName(parent, "Export", f"{name}.png", ";;".join(endings))
    return with_ending(path, endings.get(chosen, ".png")) if path else ""


def with_ending(path: str, ending: str) -> str:
    """The path as it was typed where its ending is that of a medium, else with `ending`."""
    return path if Path(path).suffix.lower() in draw.MEDIA else f"{path}{ending}"
