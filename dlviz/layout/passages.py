"""Words in context: how wide what is seen stands among its neighbours, and which words of each there is room for. Any
unit of length.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

MOST_SEEN, SEEN = 0.9, 0.6
"""What is seen takes of the room that it shares with its neighbours: so much to be whole, less where it is cut anyway;
what they do not need, in addition."""


def widths(before: float, seen: float, after: float, room: float) -> tuple[float, float, float]:
    """The widths that three columns have of a room, of those that they need."""
    if seen > room - min(before + after, (1 - MOST_SEEN) * room):
        seen = min(seen, room - min(before + after, (1 - SEEN) * room))
    rest = room - seen
    before = min(before, max(rest / 2, rest - after))
    return before, seen, rest - before


def end_of(text: str, joint: str, fits: Callable[[str], bool], mark: str = "") -> str:
    """The text from its first word on from which it fits, behind a mark where it is cut.

    >>> end_of("13 9 5 43 16 28", " ", lambda text: len(text) <= 9, "…"), end_of("ACGT", "", lambda text: len(text) < 4)
    ('… 16 28', 'CGT')
    """
    words, marks = text.split(joint) if joint else list(text), [mark] * bool(mark)
    return text if fits(text) else _most(lambda cut: joint.join((*marks, *words[cut:])), len(words), fits)


def start_of(text: str, joint: str, fits: Callable[[str], bool]) -> str:
    """The text up to its last word up to which it fits.

    >>> start_of("a film of much charm", " ", lambda text: len(text) <= 9)
    'a film of'
    """
    words = text.split(joint) if joint else list(text)
    return text if fits(text) else _most(lambda cut: joint.join(words[:-cut]), len(words), fits)


def _most(without: Callable[[int], str], count: int, fits: Callable[[str], bool]) -> str:
    """What is left without the fewest words, at least one of them; nothing where no word fits."""
    cut = bisect_left(range(1, count), True, key=lambda cut: fits(without(cut))) + 1
    return without(cut) if cut < count else ""
