"""Responses to sequences that are too long for a column a step."""

import keras
import numpy as np
from keras import layers

from dlviz.network import Network
from dlviz.views.activations import Activations
from dlviz_models.data.samples import Numbers
from tests.scenes import scene_of


def test_several_steps_share_a_column_with_the_response_furthest_from_zero():
    network = Network(keras.Sequential([keras.Input((401, 2)), layers.Activation("linear", name="same")]))
    values = np.random.default_rng(0).normal(size=(401, 2)).astype(np.float32)
    *_, sheet = Activations().run(scene_of(network, "same", samples=[Numbers(values, name="noise")]))
    matrix = sheet.panels[-1]
    groups = [values[start : start + 3] for start in range(0, 401, 3)]  # more than 200 columns otherwise
    expected = [[max(group[:, unit], key=abs) for group in groups] for unit in range(2)]
    np.testing.assert_array_equal(matrix.values, expected)
    assert matrix.column_labels == tuple(map(str, range(0, 401, 3)))
    assert "furthest from 0 in 3 steps" in sheet.summary


def test_silent_units_reach_from_zero_to_zero():
    network = Network(keras.Sequential([keras.Input((2, 2, 2)), layers.Activation("linear", name="same")]))
    values = np.full((2, 2, 2), -0.0, np.float32)
    values[0, 0, 1] = 1234
    *_, sheet = Activations().run(scene_of(network, "same", samples=[Numbers(values, name="noise")]))
    assert sheet.panels[-1].captions == ("0: 0 to 0", "1: 0 to 1,234")
    assert "respond to noise: 0 to 1,234." in sheet.summary


def test_the_only_number_of_a_layer_is_said_once():
    network = Network(keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="ones", name="sum")]))
    *_, sheet = Activations().run(scene_of(network, "sum", samples=[Numbers(np.ones(3, np.float32), name="ones")]))
    assert "How the unit of sum responds to ones: 3." in sheet.summary
