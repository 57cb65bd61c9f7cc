"""What holds for every experiment, and for the lessons that show one."""

import dataclasses

import numpy as np
import pytest

import dlviz.experiments as experiments
from dlviz.experiments import Experiment
from dlviz.experiments.__main__ import found, record
from dlviz.lessons import lessons
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz.trained_lesson import TRAINED_HERE, TrainedLesson
from dlviz.view import Scene

EVERY = pytest.mark.parametrize("experiment", found().values(), ids=found().keys())
TRAINED = [name for name, lesson in lessons().items() if issubclass(lesson, TrainedLesson)]

SWITCHED_ON = {"optimizers": {"lenet5": True}, "grid_and_random": {"scores": "an MLP on digits"}}
"""Options with which a lesson that can do without shows nets."""


def first_outcome(experiment):
    return next(each for each in experiment.train() if not isinstance(each, Progress))


@EVERY
def test_it_is_recorded_at_all_of_its_settings(experiment):
    for setting in experiment.grid():
        outcome = setting.recorded()
        assert outcome
        for array in outcome.values():
            assert np.isfinite(array.astype(float)).all()


@EVERY
def test_what_is_trained_here_is_what_was_recorded(experiment):
    """As far as the first report; from step to step rounding grows."""
    setting = next(experiment.grid())
    recorded, outcome = setting.recorded(), first_outcome(setting)
    assert outcome.keys() == recorded.keys()
    name = next(iter(outcome))
    known = np.isfinite(outcome[name])
    assert known.any()
    assert not known.all()
    np.testing.assert_allclose(outcome[name][known], recorded[name][known], atol=0.03)


@pytest.mark.parametrize("name", TRAINED)
def test_it_tells_that_it_goes_on_before_it_trains_and_can_be_left(name):
    lesson = lessons()[name]
    settings = {"result": TRAINED_HERE} | SWITCHED_ON.get(name, {})
    view = lesson(**settings)
    assert view.is_long()
    assert not lesson().is_long()
    run = view.run(Scene({}))
    assert isinstance(next(run), Progress)
    run.close()


@dataclasses.dataclass(frozen=True)
class Counting(Experiment):
    name = "counting"
    to: int = 3

    @classmethod
    def grid(cls):
        return (cls(to) for to in (2, 3))

    def train(self):
        for at in range(self.to):
            yield Progress(at, self.to)
            yield {"counted": np.where(np.arange(self.to) <= at, np.arange(self.to), np.nan)}


def test_what_is_recorded_is_the_last_outcome(tmp_path, monkeypatch):
    monkeypatch.setattr("dlviz.experiments.__main__.FOLDER", tmp_path)
    record(Counting)
    with np.load(tmp_path / "counting.npz") as file:
        assert {key: file[key].tolist() for key in file.files} == {"to=2/counted": [0, 1], "to=3/counted": [0, 1, 2]}


def test_what_has_been_trained_in_this_process_is_not_trained_again(monkeypatch):
    monkeypatch.setattr(experiments, "_finished", {})
    first = list(Counting(2).trained())
    again = list(Counting(2).trained())
    assert len(first) == 4
    assert again == first[-1:]


def test_sheets_grow_while_it_trains():
    """The net of depth and width, which needs no framework: two reports of it."""
    lesson = lessons()["width_and_depth"](result=TRAINED_HERE)
    sheets = []
    for each in lesson.run(Scene({})):
        if isinstance(each, Sheet):
            sheets.append(each)
        if len(sheets) == 2:
            break
    assert [sheet.steps for sheet in sheets] == [1, 2]
    assert [sheet.values["step"] for sheet in sheets] == [0, 1]
