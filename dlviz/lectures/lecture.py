"""A lecture or guided tour: requests in order, each with a title and notes, as a small text file that git can keep.

    title = "Convolution"

    [[item]]
    title = "Which edge does this kernel see?"
    command = "dlviz lesson convolution2d --set 'preset=Sobel x'"
    notes = "Move the pointer over the map: the window of the input lights up."

The commands are those of the shell without --out. Paths are as seen from the folder of the file.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlviz.cli.requests import read_command
from dlviz.jobs import Item, Lecture
from dlviz.provenance import found_beside, relative_to, with_paths
from dlviz.request_text import command
from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path

ENDING = ".toml"


def read_lecture(path: str | os.PathLike[str]) -> Lecture:
    """Return the lecture in a file.

    Raises:
        UserError: it is not one, or one of its commands is refused.
    """
    from dlviz.inspect import inspect_file

    found = inspect_file(path)
    if found.kind != "lecture":
        name = os.path.basename(os.fspath(path))[-100:]
        raise UserError(f"{name} does not hold a lecture: {found.summary[:150]} Give a .toml file.")
    return lecture_of(found.facts, os.path.dirname(os.path.abspath(path)))


def lecture_of(facts: Mapping[str, Any], folder: str) -> Lecture:
    """Return the lecture that inspection found in a file of a folder.

    Raises:
        UserError: one of its commands is refused.
    """
    find, items = found_beside(folder), []
    for number, item in enumerate(facts["items"], 1):
        try:
            request = with_paths(read_command(item["command"]), find)
        except UserError as error:
            raise UserError(f"Item {number} of the lecture cannot be shown: {error}") from error
        items.append(Item(request, item.get("title", ""), item.get("notes", "")))
    return Lecture(facts.get("title", ""), tuple(items))


def parsed_lecture(text: str, folder: Path) -> Lecture:
    """Return the lecture in a text that this program has written; files of others go through `read_lecture`.

    Raises:
        ValueError, KeyError: it is not one.
        UserError: one of its commands is refused.
    """
    found = tomllib.loads(text)
    return lecture_of({"title": found["title"], "items": found["item"]}, str(folder))


def write_lecture(lecture: Lecture, path: str | os.PathLike[str]) -> None:
    """Write a lecture to a text file; an older one there stays as it was where that fails.

    Raises:
        UserError: it cannot be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(lecture_text(lecture, Path(path).absolute().parent), "utf-8")


def lecture_text(lecture: Lecture, folder: Path) -> str:
    """Return a lecture as the text of a file in a folder."""
    shorten = relative_to(str(folder))
    parts = [f"title = {_quoted(lecture.title)}\n"]
    for item in lecture.items:
        lines = {
            "title": _quoted(item.title) if item.title else "",
            "command": _quoted(command(with_paths(item.request, shorten))),
            "notes": _several_lines(item.notes) if item.notes else "",
        }
        parts.append("[[item]]\n" + "".join(f"{name} = {text}\n" for name, text in lines.items() if text))
    return "\n".join(parts)


def _quoted(text: str) -> str:
    """A TOML string in one line: in plain quotes where nothing in it needs another letter before it."""
    if "'" not in text and ('"' in text or "\\" in text) and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _several_lines(text: str) -> str:
    """A TOML string that keeps its lines apart, so that git shows which of them changed."""
    if "\n" not in text:
        return _quoted(text)
    lines = [_quoted_inside(line) for line in text.split("\n")]
    return '"""\n' + "\n".join(lines) + '"""'


def _quoted_inside(line: str) -> str:
    return json.dumps(line, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
