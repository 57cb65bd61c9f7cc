import keras
import numpy as np
import pytest

import dlviz
from dlviz.preprocessing.by_labels import MOST, best_mode, numbers_to_try

RANDOM = np.random.default_rng(0)
TRUTH = np.arange(60) % 4
PIXELS = (TRUTH * 70 + RANDOM.integers(-20, 21, 60)).clip(0, 255)[:, None, None, None].astype(np.uint8)
"""The class of each picture is how bright it is: 0, 70, 140 or 210."""


def classifier(low, high):
    """What a network answers that knows the classes' brightness between `low` and `high` for black and white."""
    centres = low + (high - low) * np.arange(4) * 70 / 255

    def answer(mode):
        x = mode.apply(PIXELS)[:, 0, 0]  # (n, 1)
        nearness = np.exp(-np.abs(x - centres) / (high - low) * 20)
        return nearness / (nearness.sum(axis=1, keepdims=True) + 1e-30)

    return answer


@pytest.mark.parametrize(("mode", "low", "high"), [("none", 0, 255), ("unit", 0, 1), ("tf", -1, 1)])
@pytest.mark.parametrize("assumed", ["none", "unit", "tf"])
def test_the_range_is_found_in_which_pictures_are_told_apart(mode, low, high, assumed):
    found, says = best_mode(classifier(low, high), TRUTH, assumed, ("none", "unit", "tf"))
    assert found == mode
    assert says.startswith("of 60 labelled pictures")
    assert "100%" in says
    assert says.endswith("so the second is used") == (mode != assumed)


def test_what_is_right_by_chance_changes_nothing():
    def always_the_same(mode):
        return np.tile([0.1, 0.7, 0.1, 0.1], (60, 1)) if mode.mode == "tf" else np.tile([0.7, 0.1, 0.1, 0.1], (60, 1))

    assert best_mode(always_the_same, TRUTH, "unit") == ("unit", "")
    skewed = np.where(np.arange(60) < 50, 1, 0)  # the class that tf always answers is the usual one
    assert best_mode(always_the_same, skewed, "unit") == ("unit", "")


def test_answers_that_are_no_numbers_are_wrong_answers():
    right = classifier(0, 1)
    found, _ = best_mode(lambda m: right(m) if m.mode == "unit" else np.full((60, 4), np.nan), TRUTH, "none")
    assert found == "unit"


def test_the_numbers_are_spread():
    numbers = numbers_to_try(1000)
    assert (len(numbers), numbers[0], numbers[-1]) == (MOST, 0, 999)
    assert np.array_equal(numbers_to_try(5), range(5))


def test_a_network_that_knows_other_classes_than_the_folders_is_doubted_in_the_summary(tmp_path):
    keras.utils.set_random_seed(0)
    given = keras.Input((4, 4, 1))
    brightness = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(given))
    answer = keras.layers.Dense(3, "softmax")
    model = keras.Model(given, answer(brightness))
    answer.set_weights([np.array([[-20.0, 0, 20]], np.float32), np.array([10.0, 3, -10], np.float32)])  # dark to light
    levels = np.arange(60) % 3
    pictures = np.broadcast_to((levels * 120)[:, None, None, None], (60, 4, 4, 1)).astype(np.uint8)
    for names, shift, is_doubted in (("dark", 0, False), ("shifted", 1, True)):
        folder = tmp_path / f"{names}.npz"
        np.savez(folder, x=pictures, y=(levels + shift) % 3, class_names=["cat", "dog", "fish"])
        sheet = dlviz.show("predictions", model, data=str(folder), input=f"{folder}:0")
        assert ("may be others than these" in sheet.summary) == is_doubted, sheet.summary
