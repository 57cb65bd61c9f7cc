"""Format the remaining time of a task."""

from __future__ import annotations


def time_left(seconds: float) -> str:
    """The remaining `seconds`, rounded.

    >>> time_left(4), time_left(47), time_left(200), time_left(9000)
    ('a few seconds left', 'about 50 s left', 'about 3 min left', 'about 2.5 h left')
    """
    if seconds < 10:
        return "a few seconds left"
    if seconds < 90:
        return f"about {10 * round(seconds / 10)} s left"
    return f"about {round(seconds / 60)} min left" if seconds < 5400 else f"about {seconds / 3600:.1f} h left"
