"""What a pulse leaves in the memory of an LSTM, a GRU and a plain recurrent net, with their gates set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import option, step
from dlviz.progress import Progress
from dlviz.sheet import Curves, Formula, Sheet
from dlviz.sheet.numerals import number, signed
from dlviz.view import Scene, View

PULSE = 5
"""The step at which the input is 1; at all others it is 0."""
LEAST = 1e-12
"""A smaller gradient is drawn as this."""


def inputs(length: int) -> np.ndarray:
    """0 but for a 1 at the pulse, (length,)."""
    return (np.arange(1, length + 1) == PULSE).astype(float)


def lstm(x: np.ndarray, forget: float, store: float, give: float) -> tuple[np.ndarray, np.ndarray]:
    """Memory and output after each step: c' = f c + i tanh(x) and h' = o tanh(c'); (length,) each.

    The gates are constants. S. Hochreiter, J. Schmidhuber, 1997, doi:10.1162/neco.1997.9.8.1735.
    """
    c, memory = 0.0, []
    for value in x:
        c = forget * c + store * float(np.tanh(value))
        memory.append(c)
    return np.array(memory), give * np.tanh(memory)


def gru(x: np.ndarray, update: np.ndarray, reset: float, weight: float) -> np.ndarray:
    """The state after each step: h' = z h + (1 - z) tanh(x + r w h), z being `update`; (length,).

    K. Cho et al., Learning phrase representations using RNN encoder-decoder, 2014, arXiv 1406.1078, equations 7 and 8.
    """
    h, found = 0.0, []
    for value, z in zip(x, update, strict=True):
        h = z * h + (1 - z) * float(np.tanh(value + reset * weight * h))
        found.append(h)
    return np.array(found)


def plain(x: np.ndarray, weight: float) -> np.ndarray:
    """The state after each step: h' = tanh(x + w h); (length,)."""
    return gru(x, np.zeros(len(x)), 1.0, weight)


def gradients(x: np.ndarray, gates: MemoryGates) -> dict[str, np.ndarray]:
    """How much the last output moves with the input of each step, (length,) each, by the chain rule."""
    c, _ = lstm(x, gates.forget, gates.store, gates.give)
    later = np.arange(len(x))[::-1]
    of_lstm = gates.give * (1 - np.tanh(c[-1]) ** 2) * gates.forget**later * gates.store * (1 - np.tanh(x) ** 2)
    found = {"LSTM": of_lstm}
    for name, (update, reset) in {"GRU": (gates.updates(x), gates.reset), "plain": (0 * x, 1.0)}.items():
        h = np.r_[0.0, gru(x, update, reset, gates.weight)[:-1]]
        slope = (1 - update) * (1 - np.tanh(x + reset * gates.weight * h) ** 2)
        onward = update + slope * reset * gates.weight
        found[name] = np.r_[np.cumprod(onward[:0:-1])[::-1], 1.0] * slope
    return found


@dataclass(frozen=True)
class MemoryGates(View):
    """Gates by hand, and a pulse that is kept or forgotten.

    >>> import dlviz
    >>> dlviz.lesson("memory_gates").arrays["input"].shape
    (50,)
    """

    name = "memory_gates"
    summary = "A pulse comes once; the gates of LSTM and GRU decide how long it is remembered, a plain net forgets it."
    group = "Sequences by hand"
    order = 2

    forget: float = option(
        0.98, "LSTM: the share of its memory that is kept", low=0, high=1, label="LSTM keeps (0 to 1)"
    )
    store: float = option(
        0.9, "LSTM: the share of what is new that is stored", low=0, high=1, label="LSTM stores (0 to 1)"
    )
    give: float = option(
        0.9, "LSTM: the share of the memory that is given out", low=0, high=1, label="LSTM gives out (0 to 1)"
    )
    update: float = option(0.95, "GRU: the share of its state that is kept", low=0, high=1, label="GRU keeps (0 to 1)")
    update_at_pulse: float = option(
        0.1,
        "GRU: the share of its state that is kept at the pulse",
        low=0,
        high=1,
        label="GRU keeps at the pulse (0 to 1)",
    )
    reset: float = option(
        1.0, "GRU: the share of its state that the candidate sees", low=0, high=1, label="GRU looks back (0 to 1)"
    )
    weight: float = option(
        0.8, "recurrent weight of the GRU and of the plain net", low=-2, high=2, label="weight from state to state"
    )
    cell: str = option("LSTM", "whose step is worked out", choices=("LSTM", "GRU", "plain"), label="cell worked out")
    length: int = option(50, "steps", low=10, high=100, label="length (steps)")
    step: int = step(50, "how many steps have been taken", high=100)

    def updates(self, x: np.ndarray) -> np.ndarray:
        """The GRU's update gate at each step, (length,) in 0..1: it sees the input `x` (length,)."""
        return np.where(x == 1, self.update_at_pulse, self.update)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        x = inputs(self.length)
        memory, answer = lstm(x, self.forget, self.store, self.give)
        states = {
            "LSTM": memory,
            "GRU": gru(x, self.updates(x), self.reset, self.weight),
            "plain": plain(x, self.weight),
        }
        slopes = gradients(x, self)
        done = min(self.step, self.length)
        seen = max(done, 1)
        now = {name: float(values[done - 1]) if done else 0.0 for name, values in states.items()}
        told = ", ".join(f"{name} {number(value, 3)}" for name, value in now.items())
        yield Sheet(
            "Gates by hand",
            f"After step {done} the pulse of step {PULSE} has left {told}.",
            (
                Curves(
                    np.arange(1, seen + 1), {name: values[:seen] for name, values in states.items()}, "step", "",
                    "memory", role="main",
                ),
                Curves(
                    np.arange(1, self.length + 1),
                    {name: np.maximum(np.abs(values), LEAST) for name, values in slopes.items()}, "input of step", "",
                    f"gradient of answer {self.length}", log=True, role="main",
                ),
                Formula((self._formula(states[self.cell], x, done),), role="legend"),
            ),
            {"input": x, "answer": answer, **{f"state:{n}": v for n, v in states.items()},
             **{f"gradient:{n}": v for n, v in slopes.items()}},
            question="Which gate keeps the pulse?",
            answer=self._answer(),
            explanation="A gate is a number between 0 and 1 by which something is multiplied: 1 lets it through, 0 "
            "stops it. An LSTM's forget gate near 1 keeps its memory over many steps, and the gradient "
            "with it. A plain net multiplies its state by the same weight each time, and it fades or "
            "explodes.",
            source="LSTM and GRU: S. Hochreiter, J. Schmidhuber, Long short-term memory, 1997, "
            "doi:10.1162/neco.1997.9.8.1735",
            steps=self.length + 1,
            values={"step": done},
        )  # fmt: skip

    def _formula(self, values: np.ndarray, x: np.ndarray, done: int) -> str:
        """One step of the chosen cell, with its numbers."""
        before = signed(float(values[done - 2]) if done > 1 else 0.0, 3)
        value = float(x[done - 1]) if done else 0.0
        now = f" = {number(float(values[done - 1]) if done else 0.0, 3)}"
        x_t, z = number(value), self.update_at_pulse if value else self.update
        r, w = signed(self.reset), signed(self.weight)
        match self.cell:
            case "LSTM":
                rule = r"$c_t = f\, c_{t-1} + i \tanh(x_t)$"
                return f"{rule} = {signed(self.forget)}·{before} + {signed(self.store)}·tanh({x_t}){now}"
            case "GRU":
                rule = r"$h_t = z\, h_{t-1} + (1 - z) \tanh(x_t + r\, w\, h_{t-1})$"
                return f"{rule} = {signed(z)}·{before} + {number(1 - z)}·tanh({x_t} + {r}·{w}·{before}){now}"
            case _:
                return rf"$h_t = \tanh(x_t + w\, h_{{t-1}})$ = tanh({x_t} + {w}·{before}){now}"

    def _answer(self) -> str:
        left = self.length - PULSE
        share = number(self.forget**left)
        return (
            f"The forget gate: {left} steps leave {number(self.forget)} to the power {left}, {share}, of it and of its "
            "gradient. In the GRU it is the update gate. The plain net has none, and forgets."
        )
