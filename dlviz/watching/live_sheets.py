"""Watching a network learn: a live training as sheets, its curves and whichever part of the network is looked at."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from dlviz.analysis.loss_gradients import LossGradients
from dlviz.grammar import in_digits, one_of
from dlviz.network import Network
from dlviz.panels.learning_curves import curve_panels
from dlviz.sheet import Paragraph, Sheet
from dlviz.watching.jobs import Look
from dlviz.watching.parts import PARTS, Learner
from dlviz_models.errors import UserError
from dlviz_models.files import private_folder
from dlviz_models.kept_epochs import kept_epochs
from dlviz_models.training.live_training import LiveTraining, Moment
from dlviz_models.training.logs import Logs
from dlviz_models.training.train import training_run

ANSWERS = Look()
SHARE = 1 / 3
"""Of the time, what is spent on looking at most."""
FOLDER = "dlviz-watch-"
"""How the names of the folders of watched trainings begin."""


@dataclass(frozen=True)
class Seen:
    """What is seen of a training at a moment; `part` is None where it was left out so that the training gets on."""

    moment: Moment
    curves: Sheet
    part: Sheet | None


class Watch:
    """A network that is trained while one looks; it goes on as one goes through it, and stands still in between.

    Left alone it comes to the same weights as `dlviz train` with the same seed and options.

    Args:
        network: a name of `dlviz list networks`.
        data: what `load_data` returns.
        look: what is looked at.
        keep_epochs: a new folder for the network after each epoch; those that are rewound go again. Empty: none.
        how: `epochs`, `batch`, `limit`, `seed`, `options` as `dlviz_models.training.train.train` takes them.

    Attributes:
        training: which is stepped, turned and rewound.
        network: as views see it, its weights always the present ones.
        samples: how many there are in the test part.

    Raises:
        UserError: the request or the data is refused.
    """

    def __init__(self, network: str, data: Any, look: Look = ANSWERS, *, keep_epochs: str = "", **how: Any) -> None:
        self._open = ExitStack()
        folder = self._open.enter_context(private_folder(Path(tempfile.gettempdir()), FOLDER))
        how["logs"] = Logs(epochs=_new_folder(keep_epochs) if keep_epochs else None)
        self.training = LiveTraining(partial(_run, network, data, folder / f"{network}.keras", how))
        run = self.training.run
        self.network = Network(run.model, network, run.plan.card)
        self.samples, self.title = len(data.test), f"{network} learns {data.name}"
        loss = run.task.loss()
        gradients = LossGradients(self.network, run.task.output, lambda y, found, weight: loss(y, found, weight))
        self._learner = Learner(self.network, data.test, run.task.test, gradients)
        self._ready = 0.0
        self.look_at(look)

    def look_at(self, look: Look) -> None:
        """Look at another part of the network.

        Raises:
            UserError: there is no such part, layer or sample.
        """
        if look.part not in PARTS:
            raise UserError(f"There is no part {look.part[:60]} to look at: choose {one_of(list(PARTS))}.")
        if look.layer:
            self.network.layer(look.layer)
        if not 0 <= look.sample < self.samples:
            raise UserError(f"The test part has {self.samples} samples, numbered from 0: there is no {look.sample}.")
        self.look = look

    def __iter__(self) -> Iterator[Seen]:
        for moment in self.training.moments():
            yield Seen(moment, self.curves(), self.part() if moment.figures else self.part_in_time())

    def curves(self) -> Sheet:
        """How it went so far."""
        training = self.training
        return Sheet(self.title, _sentence(training), curve_panels(training.points, training.left))

    def part(self) -> Sheet:
        """The part of the network that is looked at, as it is now; a sheet that says why where it cannot be shown."""
        started = time.perf_counter()
        self.network.forget_if_trained()
        try:
            return PARTS[self.look.part](self._learner, self.look)
        except UserError as error:
            return Sheet(self.network.name, str(error), (Paragraph(str(error)),))
        finally:
            now = time.perf_counter()
            self._ready = now + (now - started) / SHARE

    def part_in_time(self) -> Sheet | None:
        """The same, or None where looking would take more than its share of the time."""
        return self.part() if time.perf_counter() >= self._ready else None

    def sheet(self) -> Sheet:
        """What is looked at, with the curves beside it."""
        part, curves = self.part(), self.curves()
        beside = tuple(replace(panel, role="beside") for panel in curves.panels)
        return replace(
            part,
            title=part.title.replace(self.network.name, self.title, 1),
            panels=(*beside, *part.panels),
            note=curves.summary,
        )

    def change(self, **turned: float) -> None:
        """Turn `learning_rate`, `momentum`, `weight_decay` or `batch`, as `LiveTraining.change`."""
        self.training.change(**turned)

    def rewind(self, seconds: float = 10.0) -> None:
        """Go back by so many seconds of training, as `LiveTraining.rewind`."""
        self.training.rewind(seconds)

    def keep(self, path: str) -> None:
        """Write the network as it stands to a .keras file with its card, as `LiveTraining.keep`."""
        self.training.keep(path)

    def close(self) -> None:
        """End the training and forget it; what was kept stays."""
        self.training.close()
        self._open.close()


def _new_folder(keep_epochs: str) -> Path:
    """The folder, which must not hold the epochs of another training: rewinding removes some."""
    if kept_epochs(keep_epochs):
        raise UserError(f"{keep_epochs[-100:]} holds the epochs of another training; choose a new folder.")
    return Path(keep_epochs)


def _run(network: str, data: Any, out: Path, how: Mapping[str, Any], progress: Any) -> Any:
    return training_run(network, data, out, progress=progress, **how)


def _sentence(training: LiveTraining) -> str:
    """Where it stands."""
    moment = training.now
    if moment.diverged:
        return moment.diverged
    if moment.stage:
        return f"{moment.stage} learns on its own before the first epoch."
    if moment.figures:
        figures = ", ".join(f"{name.replace('_', ' ')} {in_digits(value, 4)}" for name, value in moment.figures.items())
        return f"Done: the best epoch has {figures} on the test part."
    measured: dict[str, float] = {}
    for _, measures in training.points[-4:]:
        measured |= measures
    words = {"loss": "loss {:.3f}", "accuracy": "{:.1%} right", "val_accuracy": "{:.1%} of the held-out part right"}
    said = [text.format(measured[name]) for name, text in words.items() if name in measured]
    epoch = f"Epoch {min(int(moment.done) + 1, moment.epochs)} of {moment.epochs}"
    return f"{epoch}, {moment.seconds:.0f} s: {', '.join(said)}." if said else f"{epoch}: before the first step."
