"""Lectures and guided tours: TOML files of commands, titles and notes."""

import tomllib
from pathlib import Path
from typing import Any

from dlviz.grammar import number_of
from dlviz.inspect.refusal import Refused, shown

MOST_BYTES = 8 * 1024**2
MOST_ITEMS = 1000
_HOW = "write a table [[item]] for each picture, with the line of the shell that makes it as its command"


def read_lecture(path: Path) -> dict[str, Any]:
    """Return the report on a lecture; its commands are read later, and nothing in it is run.

    Raises:
        Refused: it is not TOML, or not a lecture.
    """
    if path.stat().st_size > MOST_BYTES:
        raise Refused("is larger than any lecture; open another file")
    try:
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(f"is not a whole TOML file ({shown(error, 80)}); correct it there") from error
    items = found.get("item")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise Refused(f"is a TOML file without pictures; {_HOW}")
    if len(items) > MOST_ITEMS:
        raise Refused(f"has more than {MOST_ITEMS:,} pictures; divide it")
    kept = [_item(item, number) for number, item in enumerate(items, 1)]
    title = str(found.get("title", ""))
    named = f" “{shown(title, 80)}”" if title else ""
    facts = {"title": title, "items": kept}
    return {"kind": "lecture", "says": f"A lecture{named} of {number_of(len(kept), 'picture')}.", "facts": facts}


def _item(item: dict[str, Any], number: int) -> dict[str, str]:
    found = {name: item.get(name, "") for name in ("title", "command", "notes")}
    if not all(isinstance(text, str) for text in found.values()) or not found["command"]:
        raise Refused(f"has no command in its item {number}; {_HOW}")
    return found
