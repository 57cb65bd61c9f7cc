"""Made-up samples hold what the network knows."""

import keras
import pytest
from keras import layers

from dlviz.feeding.synthetic import synthetic_samples
from dlviz.network import Network
from dlviz_models.layers.text import Text

WORDS = ["good", "film", "not", "bad"]


def lookups():
    text = keras.Input((1,), dtype="string", name="text")
    yield text, layers.TextVectorization(vocabulary=WORDS, output_sequence_length=6), WORDS
    one = keras.Input((1,), dtype="string", name="one")
    yield one, layers.StringLookup(vocabulary=WORDS), WORDS
    letters = keras.Input((1,), dtype="string", name="letters")
    yield letters, layers.TextVectorization(vocabulary=list("xyz"), split="character", output_sequence_length=6), "xyz"
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    yield tokens, Text(WORDS, "words"), WORDS


@pytest.mark.parametrize(("given", "layer", "words"), [pytest.param(*case, id=case[0].name) for case in lookups()])
def test_texts_are_made_of_words_that_the_network_knows(given, layer, words):
    numbers = layer(given)
    pooled = layers.GlobalAveragePooling1D()(layers.Embedding(9, 2, name="embedding")(numbers))
    network = Network(keras.Model(given, layers.Dense(1)(pooled)))
    samples = synthetic_samples(network)
    found = set()
    for number in range(len(samples)):
        text = samples.sample(number).text
        tokens = text if words == "xyz" else text.split(" ")
        assert set(tokens) <= set(words)
        found |= set(tokens)
    assert found == set(words)
    seen = network.function((network.graph.sources("embedding")[0],))(network.feed([samples.sample(0)]))[0]
    assert (seen != (0 if isinstance(layer, layers.StringLookup) else 1)).numpy().all()  # that stands for the unknown
