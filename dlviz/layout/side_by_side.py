"""The same view of several networks on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from dlviz.layout import main_panels
from dlviz.sheet import Panel, Sheet, retitled


def side_by_side(sheets: Sequence[Sheet]) -> Sheet:
    """The main panels of all sheets side by side, titled with the names of their networks, and the other panels of the
    first sheet, such as the input."""
    first, names = sheets[0], _names(sheets)
    mains = [main_panels(sheet.panels) for sheet in sheets]
    panels: list[Panel] = [panel for i, panel in enumerate(first.panels) if i not in mains[0]]
    given = zip(names, sheets, mains, strict=True)
    columns = [[_under(name, sheet.panels[i]) for i in main] for name, sheet, main in given]
    for row in zip_longest(*columns):  # corresponding panels next to each other
        panels += [panel for panel in row if panel is not None]
    summaries = [s.summary if n in s.summary else f"{n}: {s.summary}" for n, s in zip(names, sheets, strict=True)]
    return Sheet(
        " · ".join([" | ".join(names), *first.title.split(" · ")[1:]]),
        " ".join(summaries),
        tuple(panels),
        {f"{name}:{key}": x for name, sheet in zip(names, sheets, strict=True) for key, x in sheet.arrays.items()},
        source=first.source,
        note=" ".join(dict.fromkeys(sheet.note for sheet in sheets)).strip(),
        caption=" | ".join(sheet.caption for sheet in sheets),
    )


def _under(name: str, panel: Panel) -> Panel:
    """A main panel titled with the name of its network."""
    return replace(retitled(panel, f"{name}: {panel.title}" if panel.title else name), role="main")


def _names(sheets: Sequence[Sheet]) -> list[str]:
    """The names of the networks, numbered if several are equal."""
    names = [sheet.title.split(" · ")[0] for sheet in sheets]
    return [name if names.count(name) == 1 else f"{name} ({number})" for number, name in enumerate(names, 1)]
