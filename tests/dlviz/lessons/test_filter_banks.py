"""Shapes and weights are those of Keras's layers."""

import keras
import pytest

from dlviz.films import last
from dlviz.lessons.filter_banks import PRESETS, FilterBanks, counts
from dlviz_models.errors import UserError


@pytest.mark.parametrize(
    "numbers",
    [*PRESETS.values(), (13, 9, 2, 5, 3, 2, "valid"), (13, 8, 2, 5, 4, 3, "same"), (7, 7, 3, 2, 7, 1, "valid")],
)
def test_they_are_those_of_keras(numbers):
    height, width, depth, filters, kernel, stride, padding = numbers
    layer = keras.layers.Conv2D(filters, kernel, stride, padding)
    layer.build((None, height, width, depth))
    found = counts(*numbers)
    assert (None, *found.output) == layer.compute_output_shape((None, height, width, depth))
    assert found.weights == layer.count_params()


def test_the_fully_connected_layer_and_the_multiplications():
    found = counts(6, 5, 2, 3, 3, 1, "valid")
    dense = keras.layers.Dense(4 * 3 * 3)
    dense.build((None, 6 * 5 * 2))
    assert found.dense == dense.count_params()
    assert found.products == sum(1 for _ in range(4 * 3) for _ in range(3) for _ in range(3 * 3 * 2))


def test_alexnets_first_layer_as_in_its_paper():
    sheet = last(FilterBanks, {})
    assert sheet.arrays["output"].tolist() == [55, 55, 96]
    assert sheet.arrays["weights"] == 96 * 11 * 11 * 3 + 96
    assert "34,944" in sheet.answer


def test_typed_numbers_replace_those_of_the_preset():
    sheet = last(FilterBanks, {"stride": 2, "padding": "same", "depth": 1})
    assert sheet.arrays["output"].tolist() == [114, 114, 96]
    with pytest.raises(UserError, match="kernel=64 is larger"):
        last(FilterBanks, {"kernel": 64, "height": 20})
