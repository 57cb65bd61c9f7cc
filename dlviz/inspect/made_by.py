"""The requests that pictures, pages, slides and arrays written by dlviz keep, so that they can be opened again."""

import html
import mmap
import re
import zipfile
from pathlib import Path
from typing import Any

from numpy.lib import format as npy

from dlviz.inspect import archive
from dlviz.inspect.refusal import Refused, shown
from dlviz.marks import MOST_LETTERS, marks_in

MOST_SLIDES = 2000
MOST_NOTES = 4 * 1024**2
"""Bytes of the notes of one slide."""
REQUEST = "request.npy"
_PARAGRAPH = re.compile(rb"<a:p>.*?</a:p>", re.DOTALL)
_TEXT = re.compile(rb"<a:t>(.*?)</a:t>", re.DOTALL)
_NOTES = re.compile(r"ppt/notesSlides/notesSlide(\d+)\.xml")
_COMMANDS = ("dlviz show ", "dlviz lesson ")
_DOCUMENTS = (b"%pdf", b"<svg", b"<html", b"<!doctype html", b"<!doctype svg")
_HEAD = 4096


def requests_in(path: Path) -> tuple[str, ...]:
    """Return the lines of the shell that made a file, in their order; none where another program wrote it."""
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith(b"PK"):
            return _in_archive(path)
        if head == b"GIF8":
            return _in_comment(path)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return marks_in(content)


def is_document(path: Path) -> bool:
    """Return whether a file is a PDF, an SVG drawing or an HTML page."""
    with path.open("rb") as file:
        head = file.read(_HEAD).lstrip().lower()
    return head.startswith(_DOCUMENTS) or (head.startswith(b"<?xml") and b"<svg" in head)


def read_document(path: Path, otherwise: str) -> dict[str, Any]:
    """Return the report on a page, a drawing, a PDF or slides that dlviz has written.

    Raises:
        Refused: another program wrote it; `otherwise` says what becomes of that.
    """
    requests = requests_in(path)
    if not requests:
        raise Refused(otherwise)
    return {"kind": "document", "says": "A document with pictures.", "facts": {}}


def with_requests(report: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a report with the requests that made the file, if any, and a sentence on them."""
    written = report["kind"] in ("image", "npz", "document")
    if not (written and (requests := requests_in(path))):
        return report
    more = f" and {len(requests) - 1} more" if len(requests) > 1 else ""
    made = f"It was made by `{shown(requests[0], 200)}`{more}; opened in the window it is live again."
    return report | {"says": f"{report['says']} {made}", "facts": report["facts"] | {"requests": list(requests)}}


def _in_comment(path: Path) -> tuple[str, ...]:
    from PIL import Image

    with Image.open(path) as image:
        comment = image.info.get("comment", b"")
    return marks_in(comment if isinstance(comment, bytes) else comment.encode())


def _in_archive(path: Path) -> tuple[str, ...]:
    """Those in the notes of slides, or in the array of an `.npz` that is called so."""
    with archive.opened(path) as opened:
        members = {member.orig_filename: member for member in opened.infolist()}
        if REQUEST in members and members[REQUEST].file_size <= 8 * MOST_LETTERS:
            with opened.open(members[REQUEST]) as source:
                text = str(npy.read_array(source, allow_pickle=False))
            return (text,) if text.startswith(_COMMANDS) else ()
        notes = sorted((int(found[1]), name) for name in members if (found := _NOTES.fullmatch(name)))
        lines = (line for _, name in notes[:MOST_SLIDES] for line in _lines(opened, members[name]))
        return tuple(dict.fromkeys(lines))


def _lines(opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[str, ...]:
    """The requests in the notes of one slide."""
    if member.file_size > MOST_NOTES:
        return ()
    content = opened.read(member)
    joined = (b"".join(_TEXT.findall(paragraph)) for paragraph in _PARAGRAPH.findall(content))
    written = (html.unescape(line.decode("utf-8", "replace")) for line in joined)
    return (*(line for line in written if line.startswith(_COMMANDS)), *marks_in(content))
