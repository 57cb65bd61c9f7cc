"""Units as people type them: "0-11, 40"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dlviz.grammar import number_of
from dlviz_models.errors import UserError

_PART = re.compile(r"(\d{1,7})(?:\s*[-–]\s*(\d{1,7}))?")


def read_units(text: str, total: int) -> tuple[int, ...]:
    """The units that `text` names, each once, in the order in which it names them; none where it is empty.

    Args:
        total: how many units there are.

    Raises:
        UserError: it names something else, or a unit that is not there.
    """
    found: dict[int, None] = {}
    for part in filter(None, re.split(r"\s*[,;]\s*", text.strip())):
        match = _PART.fullmatch(part)
        if not match:
            raise UserError(f"{part[:40]} does not name units: write numbers and ranges, such as 0-11, 40.")
        first, last = int(match[1]), int(match[2] or match[1])
        if max(first, last) >= total:
            raise UserError(
                f"The layer has {number_of(total, 'unit')}, numbered from 0: there is no {max(first, last)}."
            )
        found |= dict.fromkeys(range(first, last + 1) if first <= last else range(first, last - 1, -1))
    return tuple(found)


def write_units(units: Iterable[int]) -> str:
    """Units in the shortest way that `read_units` reads."""
    runs: list[list[int]] = []
    for unit in units:
        if runs and unit == runs[-1][-1] + 1:
            runs[-1].append(unit)
        else:
            runs.append([unit])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
