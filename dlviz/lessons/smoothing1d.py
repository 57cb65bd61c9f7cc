"""Smoothing a signal with a bell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import Signal, option, signal
from dlviz.progress import Progress
from dlviz.sheet import Curves, Formula, Sheet, Stems
from dlviz.sheet.numerals import number
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

WIDEST, LONGEST = 20, 60
PRESETS = {
    "two gaps": 1.0 - np.isin(np.arange(30), (5, 6, 7, 15, 16, 17)),
    "a step": np.repeat([0.0, 1.0], 15),
    "a pulse": np.eye(30)[15],
}


def bell(width: int) -> np.ndarray:
    """Half a wave of a sine that sums to 1, (width,)."""
    f = np.sin(np.linspace(0.1, np.pi, width))
    return np.asarray(f / f.sum())


@dataclass(frozen=True)
class Smoothing1D(View):
    """The mean under a bell.

    >>> import dlviz
    >>> dlviz.lesson("smoothing1d").arrays["g"].shape
    (30,)
    """

    name = "smoothing1d"
    summary = "A bell that sums to 1 makes each number a mean of its neighbours: what is rough becomes smooth."
    group = "Convolution"
    order = 3

    preset: str = option("two gaps", "the signal", choices=tuple(PRESETS), resets=("g",), label="example")
    width: int = option(10, "weights of the bell", low=1, high=WIDEST, label="width of the bell")
    noise: float = option(0.0, "deviation of the noise that is added", low=0, high=1, label="noise (deviation)")
    g: Signal = signal((), "the signal; empty: the preset's", low=-99, high=99, label="signal")
    seed: int = option(0, "of the noise", low=0, high=99, label="random seed")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        clean = np.array(self.g or PRESETS[self.preset], float)
        f = bell(self.width)
        if not len(f) <= len(clean) <= LONGEST:
            raise UserError(f"Option g has {len(clean)} numbers: give {len(f)} to {LONGEST}.")
        g = clean + self.noise * np.random.default_rng(self.seed).normal(size=len(clean))
        h = np.convolve(g, f, "valid")
        shown = np.full(len(g), np.nan)
        first = (len(f) - 1) // 2  # each mean stands in the middle of what it is made of
        shown[first : first + len(h)] = h
        left = f" Of the noise's deviation {np.sqrt((f**2).sum()):.0%} is left." if self.noise else ""
        yield Sheet(
            "Smoothing with a bell",
            f"{self.width} weights that sum to {number(f.sum())}: the output lies between {number(h.min())} and "
            f"{number(h.max())}, the signal between {number(g.min())} and {number(g.max())}.{left}",
            (
                Curves(np.arange(len(g)), {"signal g": g, "smoothed": shown}, "place", "", role="main"),
                Stems(clean, "signal, without noise", sets="g", by="drag", hint="drag a stem", role="beside"),
                Stems(f.round(3) + 0.0, "filter f: half a wave, divided by its sum", role="beside"),
                Formula(
                    (r"$f = \dfrac{\sin(t)}{\sum \sin(t)},\quad t = 0.1 \ldots \pi$"
                     rf" in {self.width} steps,   $\sum_j f_j$ = {number(f.sum())},   "
                     rf"$h_i = \sum_j f_j\; g_{{i-j}}$,   $h_{{{len(h) // 2}}}$ = {number(float(h[len(h) // 2]))}",),
                    role="legend",
                ),
            ),
            {"g": g, "clean": clean, "f": f, "h": h},
            question="What happens to a step?",
            answer=f"It becomes a ramp as wide as the filter, here {self.width} numbers: at each place of it another "
            "share of the bell is beyond the step.",
            explanation="All weights are positive and sum to 1, so each output is a weighted mean and never leaves the "
            "range of the signal. Noise goes up as often as down and is averaged away, but so is every sharp edge: the "
            "wider the bell, the less noise and the less detail.",
            source="Smoothing in 1-D: R. Szeliski, Computer Vision, Springer 2022, section 3.2",
            values={"g": tuple(clean.tolist())},
        )  # fmt: skip
