"""Articles, lists and plurals for sentences, and sentences of texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dlviz_models.grammar import article as article

_ENDS = re.compile(r"(?<=[.!?])(?<!al\.)(?<!no\.)\s+(?=[^\sa-z])")
"""Between two sentences, but not in "et al. 2021" or "picture no. 7"."""


def one_of(names: Sequence[str]) -> str:
    """A choice: of several "one of a, b", of one its name."""
    return f"{'one of ' * (len(names) > 1)}{', '.join(names)}"


def enumerated(parts: Sequence[str], last: str = "and") -> str:
    """Parts of a sentence: "a, b and c", or with another word before the last."""
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def size_of(sides: Sequence[int | None]) -> str:
    """The size of a stretch (steps,), a picture (height, width) or a volume (depth, height, width).

    Pictures are as wide and as high as screens and files say it, width first; None is a side that may have any length.

    >>> size_of((20, 40)), size_of((1234,)), size_of((None, 3, 4))
    ('40 × 20', '1,234', '? × 3 × 4')
    """
    told = ["?" if n is None else f"{n:,}" for n in sides]
    return " × ".join(reversed(told) if len(told) == 2 else told)


def number_of(count: int, thing: str) -> str:
    """A count and what is counted: "1 unit", "2 units"."""
    return f"{count:,} {thing}{'s' * (count != 1)}"


def in_digits(value: float) -> str:
    """Three digits, never an exponent for large values, and never a minus before 0.

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
