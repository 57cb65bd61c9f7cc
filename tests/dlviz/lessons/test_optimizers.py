"""The paths are those of Keras's optimizers."""

import keras
import numpy as np
import pytest

from dlviz.by_hand.descent import OPTIMIZERS, SURFACES, path
from dlviz.experiments.optimizers import RULES, OptimizersOnLeNet5, batches, stepper
from dlviz.films import last
from dlviz.lessons.optimizers import NAMES, STEPS, WINDOW, Optimizers
from dlviz.sheet import Curves, Scatter

KERAS = {
    "SGD": keras.optimizers.SGD,
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "Nesterov": lambda rate: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "Adagrad": keras.optimizers.Adagrad,
    "RMSprop": keras.optimizers.RMSprop,
    "Adam": keras.optimizers.Adam,
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
@pytest.mark.parametrize("surface", ["valley", "saddle"])
def test_paths_are_those_of_keras(optimizer, surface):
    surface = SURFACES[surface]
    rule, place = KERAS[optimizer.name](optimizer.usual), keras.Variable(np.array(surface.start), dtype="float64")
    expected = [np.array(place)]
    for _ in range(30):
        rule.apply_gradients([(keras.ops.convert_to_tensor(surface.gradient(expected[-1]), "float64"), place)])
        expected.append(np.array(place))
    found = path(optimizer(optimizer.usual), surface, surface.start, 30)
    np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize("name", SURFACES)
def test_gradients_are_the_slopes(name):
    surface, step = SURFACES[name], 1e-5
    for x, y in np.random.default_rng(0).uniform(-2, 2, (20, 2)):
        rise = surface.height(x + step, y) - surface.height(x - step, y)
        other = surface.height(x, y + step) - surface.height(x, y - step)
        np.testing.assert_allclose(surface.gradient(np.array([x, y])), np.array([rise, other]) / (2 * step), atol=1e-6)


def test_steps_cut_the_paths_and_the_start_is_where_it_is_put():
    sheet = last(Optimizers, {"step": 7, "start": "1,-1"})
    (plane,) = [panel for panel in sheet.panels if isinstance(panel, Scatter)]
    assert set(plane.paths) == set(NAMES)
    for name, places in plane.paths.items():
        assert places.shape == (8, 2)
        assert tuple(places[0]) == (1, -1)
        np.testing.assert_array_equal(plane.points[name][0], places[-1])
    assert sheet.steps == STEPS + 1


def test_the_answer_is_the_order_in_which_they_leave_the_saddle():
    sheet = last(Optimizers, {})
    left = {name: np.abs(sheet.arrays[f"path:{name}"][:, 1]) > 1 for name in NAMES}
    first = min((name for name in NAMES if left[name].any()), key=lambda name: left[name].argmax())
    assert sheet.answer.startswith(f"{first[:1].upper()}{first[1:]} after {left[first].argmax()} steps")
    assert "SGD not within" in sheet.answer


@pytest.mark.parametrize("rate", [0.05, 10])
@pytest.mark.parametrize("surface", SURFACES)
def test_whatever_diverges_can_be_drawn(surface, rate):
    sheet = last(Optimizers, {"surface": surface, "rate": rate, "momentum": 0.99})
    assert all(np.isfinite(places).all() for places in sheet.arrays.values())


def test_what_was_recorded_on_lenet5_is_measured_again():
    """Two optimizers, six steps each; from step to step rounding grows."""
    recorded = OptimizersOnLeNet5().recorded()["losses"]
    for rule in ("sgd", "adam"):
        step = stepper(rule)
        losses = [float(step(*batch)) for batch, _ in zip(batches(), range(6), strict=False)]
        np.testing.assert_allclose(losses, recorded[RULES.index(rule)][:6], rtol=0.02)


def test_losses_on_lenet5_are_means_of_those_recorded():
    sheet = last(Optimizers, {"lenet5": True, "shown": "Adam"})
    curves = [panel for panel in sheet.panels if isinstance(panel, Curves)][1]
    assert curves.series.keys() == {"Adam"}
    losses = OptimizersOnLeNet5().recorded()["losses"][NAMES.index("Adam")]
    assert curves.series["Adam"][40] == pytest.approx(losses[41 - WINDOW : 41].mean())
    assert curves.series["Adam"][3] == pytest.approx(losses[:4].mean())


def test_it_is_long_only_where_lenet5_is_trained():
    assert not Optimizers(result="trained here").is_long()
    assert not Optimizers(lenet5=True).is_long()
    assert Optimizers(lenet5=True, result="trained here").is_long()
