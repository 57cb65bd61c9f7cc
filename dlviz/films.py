"""The sheets of a lesson, or a film of all its steps; no network is opened and no framework imported."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

from dlviz import draw
from dlviz.jobs import Request
from dlviz.lessons import lesson
from dlviz.options import LAST, Value, configure, options_of
from dlviz.progress import Progress
from dlviz.provenance import caption, with_provenance
from dlviz.sheet import Sheet
from dlviz.spacing import evenly_spaced
from dlviz.view import Scene, View

MOST_FRAMES = 120
"""The maximum length of a film; longer ones skip steps."""


def shown(chosen: type[View], settings: Mapping[str, Value]) -> Iterator[Progress | Sheet]:
    """Progress and sheets of a lesson, run on one thread, which is faster for small matrix products.

    Raises:
        UserError: an option is refused.
    """
    request, configured = Request(chosen.name, "", settings=settings), configure(chosen, settings)
    with _threads().limit(limits=1):
        for found in with_provenance(configured.run(Scene({})), request, caption(chosen, request)):
            if isinstance(found, Sheet) and (remark := _beyond(configured, settings, found)):
                found = replace(found, summary=f"{found.summary} {remark}")
            yield found


def _beyond(configured: View, settings: Mapping[str, Value], sheet: Sheet) -> str:
    """A remark on an option set beyond the end of a lesson, with the actual end; empty if there is none."""
    for option in options_of(type(configured)):
        if option.name not in settings:
            continue
        given = getattr(configured, option.name)
        shown: Any = sheet.values.get(option.name, given)
        if option.kind == "position" and max(abs(a - b) for a, b in zip(given, shown, strict=True)) >= 1:
            ends = f"the place nearest to it is {option.write(shown)}"
        elif option.kind == "step" and sheet.steps <= given < LAST:
            ends = f"the last step is {sheet.steps - 1}"
        else:
            continue
        return f"({option.name}={option.write(given)} lies beyond the end: {ends}.)"
    return ""


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def last(chosen: type[View], settings: Mapping[str, Value]) -> Sheet:
    """The last sheet."""
    *_, sheet = (each for each in shown(chosen, settings) if isinstance(each, Sheet))
    return sheet


def film(chosen: type[View], settings: Mapping[str, Value]) -> Iterator[Progress | Sheet]:
    """A sheet for each step; for a lesson without steps its own sheets."""
    name = next((option.name for option in options_of(chosen) if option.kind == "step"), "")
    if not name:
        yield from shown(chosen, settings)
        return
    steps = 0
    for found in whole(chosen, settings):
        if isinstance(found, Sheet):
            steps = found.steps
        else:
            yield found
    at_steps = evenly_spaced(steps, MOST_FRAMES)
    for number, at in enumerate(at_steps):
        yield Progress(number, len(at_steps), f"step {at}")
        yield last(chosen, {**settings, name: int(at)})


def for_file(ending: str, chosen: type[View], settings: Mapping[str, Value]) -> Iterator[Progress | Sheet]:
    """Progress, then the sheets for a file with this ending: a film of all steps, or the last sheet."""
    if ending in draw.FILMS:
        yield from film(chosen, settings)
    else:
        yield from whole(chosen, settings)


def whole(chosen: type[View], settings: Mapping[str, Value]) -> Iterator[Progress | Sheet]:
    """Progress, then the last sheet only."""
    sheets = []
    for found in shown(chosen, settings):
        if isinstance(found, Sheet):
            sheets = [found]
        else:
            yield found
    yield from sheets


def show_lesson(name: str, *, out: str | os.PathLike[str] = "", **options: Value) -> Sheet:
    """The sheet of a lesson, as `dlviz lesson` draws it; `options` are the lesson's own.

    Args:
        out: a file to write it to as well, its ending the medium; a film of all steps where that has frames.

    Raises:
        UserError: the lesson or an option is unknown, or a value is not allowed.

    >>> sheet = show_lesson("convolution2d", preset="Sobel x")
    >>> sheet.title
    '2-D convolution: Sobel x'
    >>> sheet.arrays["kernel"].shape
    (3, 3)
    """
    chosen = lesson(name)
    if out:
        found = for_file(draw.ending(out), chosen, options)
        draw.save([each for each in found if isinstance(each, Sheet)], out)
    return last(chosen, options)
