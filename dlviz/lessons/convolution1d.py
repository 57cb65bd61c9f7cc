"""1-D convolution of a signal, slid step by step, unflipped and flipped side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz.options import Signal, option, signal, step
from dlviz.progress import Progress
from dlviz.sheet import Formula, Sheet, Stems
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

PRESETS: dict[str, tuple[Signal, Signal]] = {
    "a step": ((0, 0, 0, 0, 2, 2, 2, 2, 2, 0, 0, 0), (-1, 0, 1)),
    "a pulse": ((0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), (1, 2, 3, 0.5)),
    "smoothing": ((1, 3, 2, 4, 1, 3, 2, 0, 1, 3, 4, 2), (0.25, 0.5, 0.25)),
    "a gap": ((1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1), (-1, 1)),
}
"""Signal and filter."""
WIDEST, LONGEST = 9, 40


def slid(g: np.ndarray, f: np.ndarray, padding: str) -> tuple[np.ndarray, int]:
    """The sums of products of a filter (k,) and a signal (n,) at all places, and the place of the first window.

    `padding` is "valid", the filter stays inside, (n - k + 1,) sums, or "same", as many sums as the signal is long,
    (n,).
    """
    before = (len(f) - 1) // 2 if padding == "same" else 0
    padded = np.pad(g, (before, len(f) - 1 - before)) if padding == "same" else g
    return np.lib.stride_tricks.sliding_window_view(padded, len(f)) @ f, -before


@dataclass(frozen=True)
class Convolution1D(View):
    """A filter slides over a signal.

    >>> import dlviz
    >>> dlviz.lesson("convolution1d").arrays["g"].shape
    (12,)
    """

    name = "convolution1d"
    summary = "A filter slides over a signal: at each place the products under it sum to one number of the output."
    group = "Convolution"
    order = 1

    preset: str = option(
        "a step", "signal and filter", choices=tuple(PRESETS), resets=("g", "f", "width"), label="signal and filter"
    )
    step: int = step(4, "how many numbers of the output have been worked out")
    g: Signal = signal((), "the signal; empty: the preset's", low=-99, high=99, label="signal")
    f: Signal = signal(
        (),
        "the filter, 1 to 9 weights; empty: the preset's",
        low=-99,
        high=99,
        label="filter (weights)",
        resets=("width",),
    )
    width: int = option(
        0,
        "weights of the filter: further ones are zero",
        low=0,
        high=WIDEST,
        zero="those given",
        label="width of the filter (weights)",
    )
    padding: str = option(
        "valid",
        "same: zeros around the signal, so that the output is as long",
        choices=("valid", "same"),
        label="at the ends",
    )
    bias: float = option(0.0, "added to every sum", low=-5, high=5, label="bias")
    relu: bool = option(False, "set what is below zero to zero", label="ReLU: cut off below zero")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        g, f = (np.array(v or usual, float) for v, usual in zip((self.g, self.f), PRESETS[self.preset], strict=True))
        f = np.pad(f, (0, max(self.width - len(f), 0)))[: self.width or None]
        if not len(f) <= WIDEST <= LONGEST >= len(g) >= len(f):
            counts = f"Options g and f have {len(g)} and {len(f)} numbers"
            raise UserError(f"{counts}: f may have {WIDEST}, g {LONGEST}, and f no more than g.")
        outputs = {}
        for name, used in (("unflipped", f), ("flipped", f[::-1])):
            sums, first = slid(g, used, self.padding)
            outputs[name] = np.maximum(sums + self.bias, 0) if self.relu else sums + self.bias
        done = min(self.step, len(sums))
        at = first + max(done - 1, 0)
        span = (min(first, 0), max(len(g), first + len(sums) - 1 + len(f)))
        where = (at, at + len(f))
        under = np.array([g[i] if 0 <= i < len(g) else 0.0 for i in range(*where)])
        now = float(outputs["unflipped"][max(done - 1, 0)])
        limit = max(float(np.abs(each).max()) for each in outputs.values())
        known = np.arange(len(sums)) < done
        shown = {name: np.where(known, values, np.nan) for name, values in outputs.items()}
        output: dict[str, Any] = {
            "span": (0, len(sums)), "marked": (done - 1, done), "limit": limit, "role": "beside",
            "sets": "step", "origin": (1, 1),
        }  # fmt: skip
        rectified = ", after the ReLU" if self.relu else ""
        yield Sheet(
            f"1-D convolution: {self.preset}",
            f"At place {at} products and bias make {now:.3g}{rectified}; {done} of {len(sums)} numbers are worked out.",
            (
                Stems(g, "signal g", 0, span, where, sets="g", by="drag", hint="drag a stem", role="main"),
                Stems(f, "filter f, where it stands", at, span, where, sets="f", by="drag", hint="drag a weight",
                      role="main"),
                Stems(f * under + 0.0, "products under it", at, span, where, role="main"),
                Stems(shown["unflipped"], "output, unflipped (cross-correlation)", **output),
                Stems(shown["flipped"], "output, flipped (convolution)", **output),
                Formula((_formula(f, under, self.bias, now, self.relu),), role="legend"),
            ),
            {"g": g, "f": f, **outputs},
            question="With the filter as it stands or turned round: which of the two does Keras compute?",
            answer="The unflipped one, cross-correlation; for weights that are learned it makes no difference.",
            explanation="A filter is a short row of weights that slides over a signal; where it stands, each number "
            "under it is multiplied by its weight, and the products are summed. Mathematics turns the "
            "filter round first and calls that convolution; deep learning leaves it as it is, which is "
            "cross-correlation, and keeps the name.",
            source="Convolution in 1-D: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press "
            "2016, section 9.1",
            steps=len(sums) + 1,
            values={"step": done, "g": tuple(g.tolist()), "f": tuple(f.tolist()), "width": len(f)},
        )  # fmt: skip


def _formula(f: np.ndarray, under: np.ndarray, bias: float, result: float, relu: bool) -> str:
    products = " + ".join(f"{_signed(a)}·{_signed(b)}" for a, b in zip(f, under, strict=True))
    added = f" + {_signed(bias)}" if bias else ""
    numbers = f"max({products}{added}, 0)" if relu else f"{products}{added}"
    return rf"$h_i = \sum_j f_j\; g_{{i+j}} + b$   =   {numbers}   =   {_signed(result)}"


def _signed(value: float) -> str:
    text = f"{value:.3g}".replace("-", "−")
    return f"({text})" if value < 0 else text
