"""Helpers for sentences: articles, lists, plurals, numbers, and splitting a text into sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dlviz_models.grammar import article as article

_ENDS = re.compile(r"(?<=[.!?])(?<!al\.)(?<!no\.)\s+(?=[^\sa-z])")
"""The gap between two sentences, but not in "et al. 2021" or "picture no. 7"."""


def one_of(names: Sequence[str]) -> str:
    """A choice for an error message: "one of a, b", or the only name."""
    return f"{'one of ' * (len(names) > 1)}{', '.join(names)}"


def enumerated(parts: Sequence[str], last: str = "and") -> str:
    """A list in a sentence: "a, b and c", or with another conjunction."""
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def size_of(sides: Sequence[int | None]) -> str:
    """The size of a sequence (steps,), a picture (height, width) or a volume (depth, height, width).

    Pictures are given width first, as usual for screens and files; None is an open size.

    >>> size_of((20, 40)), size_of((1234,)), size_of((None, 3, 4))
    ('40 × 20', '1,234', '? × 3 × 4')
    """
    parts = ["?" if n is None else f"{n:,}" for n in sides]
    return " × ".join(reversed(parts) if len(parts) == 2 else parts)


def number_of(count: int, thing: str) -> str:
    """A count with its noun: "1 unit", "2 units"."""
    return f"{count:,} {thing}{'s' * (count != 1)}"


def in_digits(value: float) -> str:
    """A number with three significant digits, without an exponent for large values and without -0.

    >>> in_digits(-0.0), in_digits(877.4), in_digits(12345)
    ('0', '877', '12,345')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:z.3g}"


def sentences(text: str) -> list[str]:
    """The sentences of a text.

    >>> sentences("Picture no. 7 is a 3. Zeiler et al. 2013 explain why.")
    ['Picture no. 7 is a 3.', 'Zeiler et al. 2013 explain why.']
    """
    return _ENDS.split(text)
