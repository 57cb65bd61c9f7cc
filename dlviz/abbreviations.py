"""Abbreviate long names for the rows and columns of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]+")
"""A run of letters; digits and separators are kept."""


def abbreviated(names: Sequence[str], most: int) -> tuple[str, ...]:
    """The names with words cut so that each has at most `most` characters; unchanged if that makes two equal.

    >>> abbreviated(("encoder1_dense1", "encoder1_dense2", "logits", "probabilities"), 10)
    ('enc1_den1', 'enc1_den2', 'logits', 'probabili.')
    """
    short = tuple(_abbreviated(name, most) for name in names)
    return short if len(set(short)) == len(set(names)) else tuple(names)


def _abbreviated(name: str, most: int) -> str:
    """The name with as many letters of each word as fit, at least one; a period marks a cut end."""
    longest = max(map(len, _WORD.findall(name)), default=0)
    tried = (_cut(name, letters) for letters in range(longest, 0, -1))
    return next((cut for cut in tried if len(cut) <= most), _cut(name, 1))


def _cut(name: str, letters: int) -> str:
    """The name with at most `letters` letters of each word."""
    cut = _WORD.sub(lambda word: word[0][:letters], name)
    ends_cut = name[-1:].isalpha() and len(_WORD.findall(name)[-1]) > letters
    return f"{cut}." if ends_cut else cut
