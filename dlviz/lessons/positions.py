"""Sine positions: waves of many lengths that tell a word its place, and a distance as a dot product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.by_hand.attention import BASE, encoding
from dlviz.options import Position, option, position
from dlviz.progress import Progress
from dlviz.sheet import Curves, Formula, Image, Sheet
from dlviz.sheet.numerals import number
from dlviz.view import Scene, View


@dataclass(frozen=True)
class Positions(View):
    """Positions as waves, as a heat map, and what their dot product says.

    >>> import dlviz
    >>> dlviz.lesson("positions").arrays["positions"].shape
    (50, 32)
    """

    name = "positions"
    summary = (
        "Each position in a sentence has a row of sines and cosines; the dot product of two rows depends on their"
        " distance."
    )
    group = "Sequences by hand"
    order = 4

    length: int = option(50, "places", low=4, high=128, label="places")
    width: int = option(
        32, "numbers per position; an odd number is rounded down", low=4, high=128, label="numbers a place"
    )
    at: Position = position((20, 6), "place (row) and wave (column)", low=0, label="place and wave (row, column)")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        width = self.width // 2 * 2
        rows = encoding(self.length, width)
        place, wave = min(int(self.at[0]), self.length - 1), min(int(self.at[1]), width - 1)
        dots = rows @ rows[place]
        box = np.array([[place, 0, place + 1, width], [0, wave, self.length, wave + 1]], float)
        pair = wave // 2 * 2
        chosen = {f"number {i}": rows[:, i] for i in dict.fromkeys((0, pair, pair + 1))}
        yield Sheet(
            "Positions as waves",
            f"Row {place} times itself is {number(dots[place])}, times the next one {number(dots[abs(place - 1)])}.",
            (
                Image(rows[..., None], "diverging", "places down, numbers across", boxes=box, role="main", sets="at"),
                Curves(np.arange(self.length), chosen, "place", "", "waves", role="beside"),
                Curves(np.arange(self.length), {"dot product": dots}, "place", "", f"dot product with place {place}",
                       role="beside"),
                Formula((_formula(place, wave, width, rows[place, wave]),), role="legend"),
            ),
            {"positions": rows, "dots": dots},
            question="Without positions, which two sentences are the same to attention?",
            answer="Any two of the same words: “dog bites man” and “man bites dog”. Each word asks all words, wherever "
            "they stand; only positions make their keys differ.",
            explanation="Attention does not know where a word stands, so its place is added to it as a row of sines "
            "and cosines, from fast to slow, like the hands of a clock. The dot product of two such rows "
            "depends only on how far apart they are, so distance can be read off.",
            source="Sine positions: A. Vaswani et al., Attention is all you need, 2017, arXiv 1706.03762",
            values={"at": (place, wave)},
        )  # fmt: skip


def _formula(place: int, wave: int, width: int, value: float) -> str:
    """The number at the chosen place and wave."""
    pair = wave // 2
    function, offset = ("sin", "2i") if wave % 2 == 0 else ("cos", "2i+1")
    rule = rf"$p_{{t,\,{offset}}} = \{function}\left(t\,/\,10000^{{2i/d}}\right)$"
    numbers = rf"{function}({place} / $10000^{{{2 * pair}/{width}}}$)  =  {number(value, 3)}"
    return f"{rule}  =  {numbers},   a wave {2 * np.pi * BASE ** (2 * pair / width):,.3g} places long"
