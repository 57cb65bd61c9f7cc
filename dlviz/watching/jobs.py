"""What can be asked of the process that trains while one looks, told to it on the way, and what it answers."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dlviz.options import Value
from dlviz.sheet import Sheet
from dlviz.wire import register

PARTS = {
    "answers": "Test answers",
    "maps": "Activation maps",
    "filters": "Filters",
    "gradients": "Gradients",
    "patches": "Top patches",
}
"""What can be looked at, and what it is called for people."""
State = Literal["running", "paused", "diverged", "done"]
Until = Literal["end", "batch", "epoch", "now"]


@dataclass(frozen=True)
class Look:
    """What is looked at; told on the way, from then on."""

    part: str = "answers"
    """One of `PARTS`."""
    layer: str = ""
    """Empty: all layers, or where a part shows one at a time the first that suits."""
    sample: int = 0
    """The number of the test sample."""


@dataclass(frozen=True)
class WatchTraining:
    """Train a network and show it on the way; answered by progress, a `Watching` and many `Watched`."""

    network: str
    """A name of `dlviz list networks`."""
    data: str
    epochs: int = 10
    batch: int = 128
    limit: int | None = None
    seed: int = 0
    settings: Mapping[str, Value] = field(default_factory=dict)
    """Options of the network and of the training."""
    look: Look = Look()
    paused: bool = False
    """Whether it stands still before the first step."""
    keep_epochs: str = ""
    """A folder for the network after each epoch; empty: none is kept."""

    @property
    def command(self) -> str:
        """The command that comes to the same network where nothing is turned."""
        words = ["dlviz", "train", self.network, "--data", self.data, "--epochs", str(self.epochs)]
        words += ["--batch", str(self.batch), "--seed", str(self.seed)]
        words += [] if self.limit is None else ["--limit", str(self.limit)]
        words += ["--keep-epochs", self.keep_epochs] if self.keep_epochs else []
        for name, value in self.settings.items():
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words += ["--set", f"{name}={text}"]
        return shlex.join([*words, "--out", f"{self.network}.keras"])

    @property
    def python(self) -> str:
        """The same in Python, step by step."""
        look = self.look
        given = [repr(self.network), repr(self.data), repr(look.part), f"layer={look.layer!r}", f"sample={look.sample}"]
        given += [f"{name}={getattr(self, name)}" for name in ("epochs", "batch", "limit", "seed")]
        given += [f"options={dict(self.settings)!r}"]
        given += [f"keep_epochs={self.keep_epochs!r}"] if self.keep_epochs else []
        return (
            f"import dlviz\n\nwatch = dlviz.watch({', '.join(given)})\nfor seen in watch:\n"
            f"    print(seen.curves.summary)\nwatch.keep({f'{self.network}.keras'!r})\n"
        )


@dataclass(frozen=True)
class Watching:
    """What is being trained, told once."""

    title: str
    layers: tuple[str, ...]
    """Those that have something to show."""
    samples: int
    """In the test part."""


@dataclass(frozen=True)
class Watched:
    """A moment of a training."""

    state: State
    curves: Sheet
    part: Sheet | None
    """None: as it was."""
    done: float
    """Epochs."""
    epochs: int
    values: Mapping[str, float | None]
    """What learning_rate, momentum, weight_decay and batch stand at; None: the optimizer has none."""
    message: str = ""
    """What became of what was told, for people; also why it was refused."""


@dataclass(frozen=True)
class Change:
    """Sent while it runs: turn some of learning_rate, momentum, weight_decay, batch."""

    values: Mapping[str, float]


@dataclass(frozen=True)
class Go:
    """Sent while it runs: go on to the end, for one batch or epoch, or stand still."""

    until: Until


@dataclass(frozen=True)
class Rewind:
    """Sent while it runs: go back by so many seconds of training and stand still there."""

    seconds: float = 10.0


@dataclass(frozen=True)
class Keep:
    """Sent while it runs: write the network as it stands to a .keras file."""

    path: str


@dataclass(frozen=True)
class Draw:
    """Sent while it runs: write the curves and what is looked at to a file whose ending chooses the medium."""

    path: str
    dpi: int = 150
    size: tuple[int, int] | None = None


Command = Look | Change | Go | Rewind | Keep | Draw

register(Look, WatchTraining, Watching, Watched, Change, Go, Rewind, Keep, Draw)
