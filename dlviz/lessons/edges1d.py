"""Edges of a signal: a filter that is not zero only where the signal jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import Signal, option, signal, step
from dlviz.progress import Progress
from dlviz.sheet import Formula, Sheet, Stems
from dlviz.sheet.numerals import number, products
from dlviz.view import Scene, View
from dlviz_models.errors import UserError
from dlviz_models.options import LAST

LENGTH, LONGEST = 30, 40


def with_gaps(first: int, second: int, width: int) -> np.ndarray:
    """Ones, with zeros from two places on, (LENGTH,)."""
    g = np.ones(LENGTH)
    for start in (first, second):
        g[start : start + width] = 0
    return g


def edge_filter(half: int) -> np.ndarray:
    """-1 to the left and 1 to the right, `half` of each, divided by `half`, (2 half,): [-1, 1] is the narrowest."""
    return np.repeat([-1.0, 1.0], half) / half


@dataclass(frozen=True)
class Edges1D(View):
    """Edge detection in one dimension.

    >>> import dlviz
    >>> dlviz.lesson("edges1d").arrays["g"].shape
    (30,)
    """

    name = "edges1d"
    summary = "The filter −1, 1 takes each number from the next: what stays the same is zero, what jumps is not."
    group = "Convolution"
    order = 2

    first: int = option(5, "where the first gap begins", low=1, high=24, label="first gap", resets=("g",))
    second: int = option(15, "where the second gap begins", low=1, high=24, label="second gap", resets=("g",))
    gap: int = option(3, "numbers of a gap", low=1, high=5, label="width of a gap", resets=("g",))
    half: int = option(1, "weights of the filter on either side", low=1, high=4, label="half of the filter")
    step: int = step(LAST, "how many numbers of the output have been worked out")
    g: Signal = signal((), "the signal; empty: ones with the two gaps", low=-99, high=99, label="signal")
    flip: bool = option(
        False,
        "turn the filter round: true convolution, as numpy.convolve does it, not Keras's",
        label="turn the filter (true convolution)",
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        g = np.array(self.g or with_gaps(self.first, self.second, self.gap), float)
        f = edge_filter(self.half)[:: -1 if self.flip else 1]
        if not len(f) <= len(g) <= LONGEST:
            raise UserError(f"Option g has {len(g)} numbers: give {len(f)} to {LONGEST}.")
        h = np.correlate(g, f, "valid")
        jumps = np.flatnonzero(np.abs(h) > 1e-9)
        done = min(self.step, len(h))
        at = max(done - 1, 0)
        span, window = (0, len(g)), (at, at + len(f))
        yield Sheet(
            "Edges in one dimension",
            f"{_told(h, jumps)}; {done} of {len(h)} numbers are worked out.",
            (
                Stems(g, "signal g", 0, span, window, sets="g", by="drag", hint="drag a stem", role="main"),
                Stems(f, "filter f, where it stands", at, span, window, role="main"),
                Stems(np.where(np.arange(len(h)) < done, h, np.nan), "output h: up is blue, down is orange", 0, span,
                      (at, at + 1), tuple(jumps[jumps < done].tolist()), max(1.0, float(np.abs(h).max())), role="main",
                      sets="step", origin=(1, 1)),
                Formula(
                    (rf"$h_i = \sum_j f_j\; g_{{i+j}}$,   $h_{{{at}}}$ = {products(f, g[at : at + len(f)])} = "
                     f"{number(float(h[at]))}",),
                    role="legend",
                ),
            ),
            {"g": g, "f": f, "h": h, "jumps": jumps},
            question="Where is the output not zero, and with which sign?",
            answer=f"{_told(h, jumps)}. Where the signal rises one sign, where it falls the other; a filter turned "
            "round changes both.",
            explanation="The weights sum to zero, so wherever the signal stays the same the output is zero, however "
            "high the signal is. Only a jump leaves something: its place says where the edge is, its sign which way it "
            "goes. A wider filter answers from further away, to the same edges.",
            source="Edge detection in 1-D: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, "
            "section 9.2, figure 9.6",
            steps=len(h) + 1,
            values={"step": done, "g": tuple(g.tolist())},
        )  # fmt: skip


def _told(h: np.ndarray, jumps: np.ndarray) -> str:
    """Where the output is not zero."""
    if not len(jumps):
        return "The output is zero everywhere"
    named = ", ".join(f"{'+' if h[i] > 0 else '−'}{number(abs(float(h[i])))} at {i}" for i in jumps[:8])
    return f"The output is {named}{', …' if len(jumps) > 8 else ''}, and zero elsewhere"
