"""The provenance of a picture: a caption, and the request that makes it again, which files store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dlviz.jobs import Request
from dlviz.marks import MOST_LETTERS
from dlviz.progress import Progress
from dlviz.request_text import command, settings_in_words
from dlviz.sheet import Sheet
from dlviz.view import View
from dlviz.views import view


def caption(
    chosen: type[View], request: Request, *, network: str = "", layer: str = "", source: str = "", inputs: str = ""
) -> str:
    """Return the caption of a sheet: network, layer, units, inputs, view and options, data."""
    parts = (
        network,
        f"layer {layer}" if layer else "",
        f"beside {os.path.basename(request.other)}" if request.other else "",
        f"unit {', '.join(map(str, request.units))}" if request.units else "",
        f"input {inputs}" if inputs else "",
        f"{chosen.name}: {settings}" if (settings := settings_in_words(chosen, request.settings)) else chosen.name,
        f"data {source}" + (f", the first {request.limit}" if request.limit else "") if source else "",
        f"preprocessing {request.preprocess}" if chosen.needs and request.preprocess != "auto" else "",
    )
    return " · ".join(part for part in parts if part)


def with_provenance(found: Iterable[Progress | Sheet], request: Request, caption: str) -> Iterator[Progress | Sheet]:
    """Yield what a view yields, each sheet with its request, with absolute paths, and its caption."""
    text = _command_of(request)
    for item in found:
        yield replace(item, request=text, caption=caption) if isinstance(item, Sheet) else item


def _command_of(request: Request) -> str:
    """The command that repeats a request from any folder; empty if no command can."""
    if not request.model and view(request.view).needs:
        return ""
    try:
        text = command(with_paths(request, _absolute))
    except ValueError:  # samples in memory that are not arrays
        return ""
    return text if len(text) <= MOST_LETTERS else ""


def with_paths(request: Request, change: Callable[[str], str]) -> Request:
    """Return a request with `change` applied to everything in it that may be a path."""

    def changed(given: Any) -> Any:
        if isinstance(given, Mapping):
            return {name: changed(one) for name, one in given.items()}
        return _in_input(given, change) if isinstance(given, str) else given

    return replace(
        request,
        model=change(request.model) if request.model else "",
        data=change(request.data) if request.data else "",
        other=change(request.other) if request.other else "",
        inputs=tuple(map(changed, request.inputs)),
        settings={n: _in_input(v, change) if n == "picture" else v for n, v in request.settings.items()},
    )


def _in_input(given: Any, change: Callable[[str], str]) -> Any:
    """Apply `change` to the path in an INPUT: `PATH`, `PATH:INDEX`, or either after `NAME=`."""
    name, equals, what = given.partition("=")
    if equals and name.isidentifier() and not os.path.exists(given):
        return f"{name}={_in_input(what, change)}"
    source, colon, index = given.rpartition(":")
    if colon and index.isdecimal() and not os.path.exists(given):
        return f"{change(source)}:{index}"
    return change(given)


def _absolute(path: str) -> str:
    """The absolute path of an existing file; other texts, such as shipped names, unchanged."""
    return os.path.abspath(path) if os.path.exists(path) else path


def found_beside(folder: str) -> Callable[[str], str]:
    """Return a function that finds a file relative to `folder`, or by its name in `folder` if it was moved there."""

    def find(path: str) -> str:
        base = os.path.basename(path.rstrip("/\\")) or path
        tried = (os.path.join(folder, path), *([os.path.join(folder, base)] if os.path.isabs(path) else []))
        return next((os.path.abspath(one) for one in tried if os.path.exists(one)), path)

    return find


def relative_to(folder: str) -> Callable[[str], str]:
    """Return a function that makes paths below `folder` relative to it, with forward slashes."""

    def shorten(path: str) -> str:
        if not os.path.exists(path):
            return path
        whole, root = Path(os.path.abspath(path)), Path(os.path.abspath(folder))
        return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)

    return shorten
