"""What happens after which epoch is what Keras's callbacks do with the same losses."""

import keras
import numpy as np
import pytest

from dlviz.films import last
from dlviz.lessons.learning_rate import EPOCHS, LEAST_GAIN, LearningRate, cross_entropy, digits, train, trainings
from dlviz.sheet import Scatter

RUNS = pytest.mark.parametrize(
    ("rate", "patience", "factor", "stop"), [(4.0, 3, 0.5, 10), (2.0, 1, 0.3, 60), (8.0, 2, 0.9, 6), (1.0, 20, 0.5, 2)]
)


@RUNS
def test_callbacks_fire_when_they_must(rate, patience, factor, stop):
    run = train(rate, patience, factor, stop, 0)
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate))
    lower = keras.callbacks.ReduceLROnPlateau(factor=factor, patience=patience, min_delta=LEAST_GAIN, verbose=0)
    early = keras.callbacks.EarlyStopping(patience=stop, min_delta=LEAST_GAIN, verbose=0)
    for callback in (lower, early):
        callback.set_model(model)
        callback.on_train_begin()
    rates, stopped = [], 0
    for epoch, loss in enumerate(run.validation[1:], 1):
        rates.append(float(model.optimizer.learning_rate))
        lower.on_epoch_end(epoch, {"val_loss": loss})
        early.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            stopped = epoch
            break
    np.testing.assert_allclose(run.rates, rates, rtol=1e-5)
    assert run.stopped == stopped
    assert run.best == early.best_epoch
    assert run.halved == tuple(e for e in run.halved if e == len(rates) or rates[e] < rates[e - 1])


def test_losses_are_those_of_keras():
    x, y = digits()
    w = np.random.default_rng(0).normal(size=(50, 10))
    expected = keras.losses.CategoricalCrossentropy(from_logits=True)(y, x @ w)
    assert cross_entropy(x, y, w) == pytest.approx(float(expected), rel=1e-4)


def test_a_small_rate_goes_down_in_every_epoch():
    run = train(0.01, 5, 0.5, 50, 0)
    assert len(run.rates) == EPOCHS
    assert (np.diff(run.training) < 0).all()


def test_marks_stand_where_it_happened_and_only_once_seen():
    for seen in (0, 5, 10**6):
        sheet = last(LearningRate, {"step": seen})
        (plane,) = [panel for panel in sheet.panels if isinstance(panel, Scatter)]
        done = sheet.values["step"]
        assert plane.points["lowered"][:, 0].tolist() == [e for e in sheet.arrays["lowered"] if e <= done]
        assert len(plane.points["best, kept"]) == (sheet.arrays["best"] <= done)
    assert sheet.answer.startswith(f"At epoch {sheet.arrays['best']}")


@pytest.mark.parametrize("resume", ["the best epoch", "the first lower rate"])
def test_a_resumed_training_starts_from_the_checkpoint_at_the_mark(resume):
    run, mark, again = trainings(4.0, 3, 0.5, 10, 0, resume)
    assert mark == (run.best if resume == "the best epoch" else run.halved[0])
    assert again.training[0] == run.training[mark]
    assert again.validation[0] == run.validation[mark]
    assert again.rates[0] <= run.rates[-1]
    sheet = last(LearningRate, {"resume": resume})
    (plane,) = [panel for panel in sheet.panels if isinstance(panel, Scatter)]
    assert plane.paths["resumed"][0].tolist() == [mark, run.validation[mark]]
    assert sheet.steps == run.last + again.last + 1
    assert f"Resumed from epoch {mark}" in sheet.answer
    before = last(LearningRate, {"resume": resume, "step": run.last})
    assert len(before.panels[0].paths["resumed"]) == 0


def test_what_is_resumed_has_one_colour():
    plane, rates, _ = last(LearningRate, {}).panels
    colours = (
        panel.colours[list(names).index("resumed")] for panel, names in ((plane, plane.names), (rates, rates.series))
    )
    assert len(set(colours)) == 1


def test_resumed_from_nowhere_it_ends_where_it_stopped():
    sheet = last(LearningRate, {"resume": "nowhere"})
    assert sheet.steps == len(sheet.arrays["rates"]) + 1
    assert "resumed" not in sheet.arrays
