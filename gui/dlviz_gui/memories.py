"""What the window remembers from one start to the next: files that were opened, and what was looked at last."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qtpy.QtCore import QSettings

from dlviz_gui.selection import Selection

MOST_RECENT = 10
RECENT, LAST = "recent", "last"
_TEXTS = ("model", "data", "layer", "input", "view", "output", "preprocess")


def window_settings() -> QSettings:
    """Where what outlasts a start is kept."""
    return QSettings(QSettings.IniFormat, QSettings.UserScope, "dlviz", "window")


def remember_files(settings: QSettings, selection: Selection) -> None:
    """Put the files of a selection first among those that were opened last."""
    given = [selection.model, selection.data, selection.input if isinstance(selection.input, str) else ""]
    paths = [path for path in given if Path(path).is_absolute() and Path(path).exists()]
    known = recent_files(settings) if paths else []
    recent = list(dict.fromkeys([*paths, *known]))[:MOST_RECENT]
    if recent != known:
        settings.setValue(RECENT, json.dumps(recent))


def recent_files(settings: QSettings) -> list[str]:
    """The files and folders that were opened last, as far as they are still there."""
    found = _read(settings, RECENT)
    return [path for path in found if isinstance(path, str) and Path(path).exists()] if isinstance(found, list) else []


def remember_selection(settings: QSettings, selection: Selection) -> None:
    """Keep what is looked at; not a drawing, and no trust in code that a network names."""
    if kept := _kept(selection):
        settings.setValue(LAST, kept)


def is_last(settings: QSettings, selection: Selection) -> bool:
    """Whether this is what was looked at last."""
    return bool(kept := _kept(selection)) and kept == settings.value(LAST)


def _kept(selection: Selection) -> str:
    """A selection as JSON; empty where it is not to be kept."""
    if selection.trust or not isinstance(selection.input, str | tuple):
        return ""
    return json.dumps({name: value for name, value in asdict(selection).items() if name != "trust"})


def last_selection(settings: QSettings) -> Selection | None:
    """What was looked at last; None where that is not known, or its network is gone."""
    found = _read(settings, LAST)
    try:
        selection = _selection(found)
    except (TypeError, ValueError, KeyError, AttributeError):
        return None
    is_file = Path(selection.model).is_absolute()
    return None if not selection.model or (is_file and not Path(selection.model).exists()) else selection


def _selection(found: Any) -> Selection:
    """The selection that parsed JSON holds."""
    texts = {name: found[name] for name in _TEXTS if not isinstance(found[name], list)}
    if not all(isinstance(value, str) for value in texts.values()):
        raise TypeError
    several: dict[str, Any] = {} if "input" in texts else {"input": tuple(str(part) for part in found["input"])}
    units = tuple(int(unit) for unit in found["units"])
    settings = {str(view): dict(values) for view, values in found["settings"].items()}
    return Selection(
        **texts,
        **several,
        unit=int(found["unit"]),
        units=units,
        page=int(found.get("page", 0)),
        epoch=int(found.get("epoch", 0)),
        changes=tuple(str(change) for change in found.get("changes", ())),
        settings=settings,
    )


def _read(settings: QSettings, name: str) -> Any:
    try:
        return json.loads(str(settings.value(name, "null")))
    except ValueError:
        return None
