"""The article before a word or a number, as it is spoken."""

from __future__ import annotations

import re

_SPELT_OUT = "AEFHILMNORSX"
"""Capitals whose names begin with a vowel, as in "an LSTM"."""
_AS_IN_YOU_OR_ONE = re.compile(r"eu|ew|one\b|once\b|uni(?![mn])|us[aeu]|ute|uri|uku", re.IGNORECASE)
"""Words that begin with a vowel and are spoken with a consonant."""
_SILENT_H = re.compile(r"hour|honest|honou?r|heir", re.IGNORECASE)


def article(name: str) -> str:
    """`name` with "a" or "an" before it.

    >>> article("LSTM"), article("Embedding"), article("GRU"), article("umbrella"), article("hourglass")
    ('an LSTM', 'an Embedding', 'a GRU', 'an umbrella', 'an hourglass')
    >>> article("8"), article("18"), article("180"), article("11,000"), article("1,100")
    ('an 8', 'an 18', 'a 180', 'an 11,000', 'a 1,100')
    """
    return f"{'an' if _begins_with_a_vowel(name) else 'a'} {name}"


def _begins_with_a_vowel(name: str) -> bool:
    """Whether it does so when it is spoken."""
    if number := re.match(r"\d[\d,]*", name):
        digits = number.group().replace(",", "")
        first = digits[: len(digits) % 3 or 3]  # what is said before the first "thousand" or "million"
        return first.startswith("8") or first in ("11", "18")
    if len(name) > 1 and name[:2].isupper():
        return name[0] in _SPELT_OUT
    if name[:1].lower() == "h":
        return bool(_SILENT_H.match(name))
    return name[:1].lower() in tuple("aeiou") and not _AS_IN_YOU_OR_ONE.match(name)
