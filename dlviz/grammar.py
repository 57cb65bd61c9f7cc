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


WRITTEN_OUT = 7
"""The digits before the point up to which all of them are written."""
MOST_DIGITS = 8
"""The significant digits of a number that a network computes."""


def in_digits(value: float, digits: int = 3, sign: str = "") -> str:
    """A number with so many significant digits, all that stand before the point among them, and without -0.

    >>> in_digits(-0.0), in_digits(877.4), in_digits(999.7), in_digits(254755.4), in_digits(3.2e9)
    ('0', '877', '999.7', '254,755', '3.2e+09')
    >>> in_digits(877.44, 4), in_digits(2640.2, sign="+")
    ('877.4', '+2,640')
    """
    before_point = len(f"{abs(value):.0f}")
    return f"{value:{sign}z,.{max(digits, before_point) if before_point <= WRITTEN_OUT else digits}g}"


def told_apart(values: Sequence[float], digits: int = 3) -> list[str]:
    """Numbers that are compared, with as many significant digits, at least so many, as different ones differ in.

    >>> told_apart((0.5, 0.25)), told_apart((1998.31, 1998.4)), told_apart((7, 7))
    (['0.5', '0.25'], ['1,998.3', '1,998.4'], ['7', '7'])
    """
    for enough in range(digits, MOST_DIGITS + 1):
        texts = [in_digits(value, enough) for value in values]
        if len(set(texts)) == len(set(values)):
            break
    return texts


def sentences(text: str) -> list[str]:
    """The sentences of a text.

    >>> sentences("Picture no. 7 is a 3. Zeiler et al. 2013 explain why.")
    ['Picture no. 7 is a 3.', 'Zeiler et al. 2013 explain why.']
    """
    return _ENDS.split(text)
