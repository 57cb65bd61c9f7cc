"""Lessons: views that need no network, one a file, found by looking; `View.group` is their chapter."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from dlviz.view import View
from dlviz_models.errors import UserError

CHAPTERS = ("Convolution", "Why deep", "Sequences by hand", "Training")
"""In the order of the course."""


@cache
def lessons() -> dict[str, type[View]]:
    """Name to lesson, in the order of the course."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = [view for view in _below(View) if view.__module__.startswith(f"{__name__}.")]
    return {view.name: view for view in sorted(found, key=_place)}


def lesson(name: str) -> type[View]:
    """The lesson called `name`; UserError where there is none."""
    try:
        return lessons()[name]
    except KeyError:
        raise UserError(f"Unknown lesson {name[:100]}: choose from {', '.join(lessons())}.") from None


def _below(view: type[View]) -> Iterator[type[View]]:
    for each in view.__subclasses__():
        yield each
        yield from _below(each)


def _place(view: type[View]) -> tuple[int, str, float, str]:
    known = view.group in CHAPTERS
    return CHAPTERS.index(view.group) if known else len(CHAPTERS), view.group, view.order, view.name
