"""Guided tours that ship: lecture files, a sentence for each picture."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from dlviz.jobs import Lecture
from dlviz.lectures.lecture import parsed_lecture

TOURS = {path.stem.partition("_")[2]: path for path in sorted(Path(__file__).parent.glob("*.toml"))}
"""Name to file, in the order of the course."""


@cache
def tour(name: str) -> Lecture:
    """Return a tour that ships."""
    return parsed_lecture(TOURS[name].read_text("utf-8"), TOURS[name].parent)
