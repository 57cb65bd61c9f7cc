"""The steps of layers that see several tokens go by the middle one, counted by hand."""

import keras
import pytest
from keras import layers

from dlviz.analysis.step_labels import step_labels
from dlviz.network import Network
from dlviz.views.activations import Activations
from dlviz_models.data.samples import Text
from tests.scenes import scene_of

WORDS = ["a", "b", "c", "d", "e", "f"]


@pytest.fixture(scope="module")
def network():
    given = keras.Input((1,), dtype="string", name="text")
    y = layers.TextVectorization(vocabulary=WORDS, output_sequence_length=8)(given)
    y = layers.Embedding(9, 2, name="embedding")(y)
    y = layers.Conv1D(2, 3, name="conv")(y)  # steps see 0-2, 1-3, ..., 5-7
    y = layers.MaxPooling1D(2, name="pool")(y)  # 0-3, 2-5, 4-7
    y = layers.GlobalMaxPooling1D()(y)
    return Network(keras.Model(given, layers.Dense(1)(y)))


@pytest.mark.parametrize(("layer", "expected"), [("embedding", "abcdef··"), ("conv", "bcdef·"), ("pool", "bdf")])
def test_steps_go_by_the_middle_token(network, layer, expected):
    sample = Text("a b c d e f", name="letters")
    assert "".join(step_labels(network, layer, network.feed([sample]), sample)) == expected


def test_activations_stand_at_their_words(network):
    *_, sheet = Activations().run(scene_of(network, "pool", samples=[Text("a b c d e f", name="letters")]))
    matrix = sheet.panels[-1]
    assert matrix.column_labels == ("b", "d", "f")
    assert "the middle one of the tokens" in sheet.summary
