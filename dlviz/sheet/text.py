"""Panels of words and of mathematics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dlviz.sheet.panel import Panel, SizeHint


@dataclass(frozen=True)
class Paragraph(Panel):
    """Words or a small table in plain lines."""

    text: str
    title: str = ""

    @property
    def size_hint(self) -> SizeHint:
        lines = self.text.split("\n")
        longest = max(map(len, lines)) * 0.6 + 2
        return SizeHint(
            min(longest, 16), min(len(lines), 12) * 1.25 + 1, most_width=longest, most_height=len(lines) * 1.5 + 2
        )


@dataclass(frozen=True)
class Formula(Panel):
    """Mathematics: lines in which what stands between two $ is matplotlib's mathtext."""

    lines: tuple[str, ...]
    title: str = ""
    ink: Mapping[str, tuple[np.ndarray, float]] = field(default_factory=dict)
    """For a medium that cannot typeset: each piece of mathematics with its $, as ink uint8 (height, width), and how
    much of the height is below the line. `dlviz.draw.formulas.with_ink` adds it."""

    @staticmethod
    def pieces(line: str) -> list[str]:
        """A line cut into plain words and mathematics, which keeps its $."""
        parts = line.split("$")
        return [f"${part}$" if number % 2 else part for number, part in enumerate(parts) if part]

    @property
    def size_hint(self) -> SizeHint:
        high = sum(3.6 if "\\dfrac" in line or "\\sum" in line else 2.0 for line in self.lines)
        return SizeHint(18, high + 0.5, most_height=high + 1)
