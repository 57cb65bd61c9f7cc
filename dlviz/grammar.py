"""Articles, lists and plurals for sentences, and sentences of texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPELT_OUT = "AEFHILMNORSX"
"""Capitals whose names begin with a vowel, as in "an LSTM"."""


_ENDS = re.compile(r"(?<=[.!?])(?<!al\.)(?<!no\.)\s+(?=[^\sa-z])")
"""Between two sentences, but not in "et al. 2021" or "picture no. 7"."""


def article(name: str) -> str:
    """`name` with "a" or "an" before it, as it is spoken.

    >>> article("LSTM"), article("Embedding"), article("GRU"), article("8")
    ('an LSTM', 'an Embedding', 'a GRU', 'an 8')
    """
    spelt = len(name) > 1 and name[:2].isupper()
    return f"{'an' if name[:1] in (_SPELT_OUT if spelt else 'AEIOaeio8') else 'a'} {name}"


def one_of(names: Sequence[str]) -> str:
    """A choice: of several "one of a, b", of one its name."""
    return f"{'one of ' * (len(names) > 1)}{', '.join(names)}"


def enumerated(parts: Sequence[str], last: str = "and") -> str:
    """Parts of a sentence: "a, b and c", or with another word before the last."""
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


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
