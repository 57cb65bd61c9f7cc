"""Class names in files next to a network, where the tools that made it leave them."""

import json
import re
from pathlib import Path
from typing import Any

from dlviz.inspect.refusal import shown

FILES = ("labels.txt", "class_names.txt", "class_indices.json", "class_names.json")
MAX_BYTES = 4 * 1024**2
MAX_CLASSES = 22_000
MAX_NAME = 200

_NUMBERED = re.compile(r"(\d{1,6})[\s:,]+(\S.*)")


def class_names(network: Path) -> tuple[str, list[str]] | None:
    """Return the file in the network's folder, or in the network if it is a folder itself, and the names in it.

    What cannot be read as names is passed over.
    """
    for folder in (network, network.parent) if network.is_dir() else (network.parent,):
        for file in FILES:
            path = folder / file
            if path.is_symlink() or not path.is_file() or not 0 < path.stat().st_size <= MAX_BYTES:
                continue
            names = _read(path)
            if names and len(names) <= MAX_CLASSES:
                return file, [shown(name, MAX_NAME) for name in names]
    return None


def _read(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8-sig")
        return _of_json(json.loads(text)) if path.suffix == ".json" else _of_lines(text)
    except (OSError, ValueError, RecursionError):
        return []


def _of_lines(text: str) -> list[str]:
    """One name a line; numbers in front, as Teachable Machine writes them, go where they count from 0."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    if all(match and int(match[1]) == number for number, match in enumerate(numbered)):
        return [match[2] for match in numbered if match]
    return lines


def _of_json(value: Any) -> list[str]:
    """A list of names, numbers by names, names by numbers, or as ImageNet's: [WordNet's number, name] by numbers."""
    if isinstance(value, list):
        return value if all(isinstance(name, str) for name in value) else []
    if not isinstance(value, dict):
        return []
    if all(isinstance(number, int) for number in value.values()):
        value = {str(number): name for name, number in value.items()}
    names = [value.get(str(number)) for number in range(len(value))]
    names = [name[-1] if isinstance(name, list) and name else name for name in names]
    return [name for name in names if isinstance(name, str)] if all(isinstance(n, str) for n in names) else []
