"""Points that a hand paints in a plane, ahead of the picture that is made of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Points = dict[str, list[tuple[float, float]]]


class PaintedPoints:
    """The points of a panel, by name, with the last strokes already in them."""

    def __init__(self) -> None:
        self.points: Points = {}
        self._awaited = False

    def show(self, points: Mapping[str, np.ndarray]) -> None:
        """Take the points of a panel, (n, 2) each by name, unless it was made before the last points were added."""
        shown = {name: [(x, y) for x, y in places.tolist()] for name, places in points.items()}
        is_earlier = shown.keys() == self.points.keys() and all(
            self.points[name][: len(places)] == places for name, places in shown.items()
        )
        if self._awaited and is_earlier and shown != self.points:
            return
        self.points, self._awaited = shown, False

    def add(self, number: int, place: tuple[float, float]) -> None:
        """Add a point (x, y) to the name of a number."""
        self.points[list(self.points)[number]].append(place)
        self._awaited = True

    def remove(self, name: str, place: tuple[float, float]) -> None:
        """Remove a point."""
        self.points[name].remove(place)
        self._awaited = True

    def rows(self) -> tuple[tuple[float, float, float], ...]:
        """Rows of x, y and the number of the name."""
        return tuple((x, y, float(number)) for number, each in enumerate(self.points.values()) for x, y in each)
