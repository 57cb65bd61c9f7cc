"""Attention against softmax(Q K / sqrt(d)) computed in numpy from the weights."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from dlviz.api import show
from dlviz.applies import obstacle, obstacle_of_layer
from dlviz.network import Network
from dlviz.session import describe
from dlviz.sheet import Image, Tiles
from dlviz.views import view
from dlviz.views.attention import _even_heads
from dlviz_models.data.samples import Numbers, Picture, Text
from dlviz_models.errors import UserError
from dlviz_models.networks import network as spec

RANDOM = np.random.default_rng(0)
TIME, WIDTH, HEADS, SIZE = 5, 6, 2, 3


def softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def by_hand(x, y, query, key, allowed=True):
    """softmax of scaled dot products (heads, queries, keys) of x (q, w) and y (k, w); kernels (w, heads, d)."""
    q, k = np.einsum("qw,whd->hqd", x, query), np.einsum("kw,whd->hkd", y, key)
    return softmax(np.where(allowed, q @ k.swapaxes(1, 2) / np.sqrt(query.shape[-1]), -1e9))


def of_keras(layer, **kwargs):
    x = keras.Input((TIME, WIDTH), name="sequence")
    model = keras.Model(x, layers.Dense(2)(layer(x, x, **kwargs)))
    layer.set_weights([RANDOM.normal(size=w.shape) for w in layer.get_weights()])
    return model


def test_heads_of_keras_are_softmaxes_of_dot_products():
    layer = layers.MultiHeadAttention(HEADS, SIZE, name="attention")
    model, x = of_keras(layer), RANDOM.normal(size=(TIME, WIDTH)).astype("float32")
    kernel, bias, key, key_bias, *_ = layer.get_weights()
    ones = np.concatenate([x, np.ones((TIME, 1))], axis=1)  # the bias is one more input
    joined = [np.concatenate([w, b[None]]) for w, b in ((kernel, bias), (key, key_bias))]
    shown = show("attention", model, input=[Numbers(x)])
    np.testing.assert_allclose(shown.arrays["attention"], by_hand(ones, ones, *joined), atol=1e-5)
    assert [p.title for p in shown.panels[1:]] == ["head 0", "head 1"]
    assert np.array_equal(show("attention", model, input=[Numbers(x)], head=1).panels[1].values, shown.panels[2].values)
    answer = np.asarray(model(x[None]))
    show("attention", model, input=[Numbers(x)])
    assert np.array_equal(np.asarray(model(x[None])), answer)  # the layer is left as it was


def test_no_token_looks_ahead_where_attention_is_causal():
    layer = layers.MultiHeadAttention(HEADS, SIZE, name="attention")
    weights = show("attention", of_keras(layer, use_causal_mask=True), input=[Numbers(np.ones((TIME, WIDTH)))])
    assert np.allclose(np.triu(weights.arrays["attention"], 1), 0)
    np.testing.assert_allclose(weights.arrays["attention"].sum(axis=-1), 1, atol=1e-5)


def test_queries_in_groups_share_their_keys():
    layer = layers.GroupQueryAttention(SIZE, 4, 2, use_bias=False, name="attention")
    model, x = of_keras(layer), RANDOM.normal(size=(TIME, WIDTH)).astype("float32")
    query, key = layer.get_weights()[:2]  # (w, 4, d), (w, 2, d)
    expected = by_hand(x, x, query, np.repeat(key, 2, axis=1))
    np.testing.assert_allclose(show("attention", model, input=[Numbers(x)]).arrays["attention"], expected, atol=1e-5)


@pytest.mark.parametrize("kind", [layers.Attention, layers.AdditiveAttention])
def test_single_heads_and_padding(kind):
    tokens = keras.Input((TIME,), dtype="int32")
    e = layers.Embedding(9, WIDTH, mask_zero=True, name="embedding")(tokens)
    layer = kind(name="attention")
    model = keras.Model(tokens, layers.Dense(1)(layer([e, e])))
    x = model.get_layer("embedding").get_weights()[0][[3, 1, 4, 0, 0]]
    shown = show("attention", model, input=[Numbers(np.array([3, 1, 4, 0, 0]))])
    additive = kind is layers.AdditiveAttention
    scores = np.tanh(x[:, None] + x) @ layer.get_weights()[0] if additive else x @ x.T
    expected = softmax(np.where(np.arange(TIME) < 3, scores, -1e9))
    np.testing.assert_allclose(shown.arrays["attention"][0], expected, atol=1e-5)
    (panel,) = shown.panels
    assert panel.row_labels == panel.column_labels == ("3", "1", "4")
    np.testing.assert_allclose(panel.values.sum(axis=1), 1, atol=1e-5)


def test_heads_that_look_at_all_alike_are_said_to_and_are_pale():
    layer = layers.MultiHeadAttention(2, SIZE, name="attention")
    model, x = of_keras(layer), RANDOM.normal(size=(TIME, WIDTH)).astype("float32")
    query, query_bias, *others = layer.get_weights()
    query[:, 1] = query_bias[1] = 0.0
    layer.set_weights([query, query_bias, *others])
    sheet = show("attention", model, input=[Numbers(20 * x)])
    assert f"Head 1 looks at all tokens nearly alike: each weight is within 10% of 1/{TIME} = " in sheet.summary
    of_one, of_all = (matrix for matrix in sheet.panels if matrix.title.startswith("head "))
    assert of_all.magnitude == pytest.approx(4 / TIME)
    assert of_one.magnitude == of_one.values.max()
    causal = np.tril(np.ones((3, 3))) / np.arange(1, 4)[:, None]
    assert "1/n of the n tokens" in _even_heads(causal[None], [0])
    assert not _even_heads(np.eye(3)[None], [0])


def test_a_transformer_looks_at_its_tokens():
    keras.utils.set_random_seed(0)
    network = Network(spec("transformer").build(blocks=1, width=8, heads=HEADS, hidden=8))
    given = [Text("12+3")]
    shown = show("attention", network, layer="encoder1_attention", input=given)
    query, key = network.keras_layer("encoder1_attention").get_weights()
    x = network.activations(network.feed(given))["encoder1_attention_norm"]
    np.testing.assert_allclose(shown.arrays["attention"], by_hand(x, x, query, key), atol=1e-5)
    assert shown.panels[0].row_labels == shown.panels[0].column_labels == ("1", "2", "+", "3")
    crossed = show("attention", network, layer="decoder1_attention", input=given)
    assert crossed.arrays["tokens_key"].tolist() == ["1", "2", "+", "3"]
    assert crossed.arrays["tokens_query"][0] == "[start]"
    assert crossed.panels[0].row_title == "token written"
    own = show("attention", network, layer="decoder1_self_attention", input=given)
    assert np.array_equal(own.arrays["tokens_query"], own.arrays["tokens_key"])
    assert np.allclose(np.triu(own.arrays["attention"], 1), 0)


class ClassToken(layers.Layer):
    """A token of its own in front of others."""

    def call(self, x):
        return ops.concatenate([ops.ones_like(x[:, :1]), x], axis=1)


class Encoder(layers.Layer):
    """Attention within a layer."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.MultiHeadAttention(HEADS, SIZE, name="inner")

    def build(self, shape):
        self.inner.build(shape, shape)

    def call(self, x):
        return x + self.inner(x, x)


@pytest.fixture(scope="module")
def patches():
    """A network of 3 x 2 patches of 4 x 4 pixels, and a token of the class before them."""
    x = keras.Input((12, 8, 3))
    y = layers.Conv2D(WIDTH, 4, strides=4, name="patches")(x)
    y = ClassToken(name="with_class")(layers.Reshape((-1, WIDTH))(y))
    y = layers.MultiHeadAttention(HEADS, SIZE, name="attention")(y, y)
    return Network(keras.Model(x, layers.Dense(2)(Encoder(name="encoder")(y)[:, 0]), name="vit"), mode="none")


def test_patches_look_at_patches_over_the_picture(patches):
    picture = [Picture(RANDOM.integers(0, 255, (12, 8, 3), np.uint8), name="noise")]
    shown = show("attention", patches, layer="attention", input=picture)
    weights = shown.arrays["attention"]  # (heads, 7, 7)
    assert shown.arrays["tokens_key"].tolist() == ["[class]", "0, 0", "0, 1", "1, 0", "1, 1", "2, 0", "2, 1"]
    image, tiles = shown.panels
    assert isinstance(image, Image)
    assert isinstance(tiles, Tiles)
    np.testing.assert_allclose(tiles.images[1, ..., 0], weights[1, 0, 1:].reshape(3, 2))
    mean = weights[:, 0, 1:].mean(axis=0).reshape(3, 2)
    place = np.unravel_index(mean.argmax(), mean.shape)
    assert (image.heat == 1).sum() == 16
    assert image.heat[4 * place[0] + 1, 4 * place[1] + 2] == 1
    framed = show("attention", patches, layer="attention", input=picture, query=4).panels[0]
    assert framed.boxes.tolist() == [[4, 4, 8, 8]]
    with pytest.raises(UserError, match="There are 7 tokens, numbered from 0: there is no query 7"):
        show("attention", patches, layer="attention", input=picture, query=7)


def test_attention_within_a_layer_is_found(patches):
    picture = [Picture(RANDOM.integers(0, 255, (12, 8, 3), np.uint8), name="noise")]
    shown = show("attention", patches, layer="encoder", input=picture)
    x = patches.activations(patches.feed(picture))["attention"]
    inner = patches.keras_layer("encoder").inner
    _, expected = inner(x[None], x[None], return_attention_scores=True)
    np.testing.assert_allclose(shown.arrays["attention"], np.asarray(expected)[0], atol=1e-6)
    with pytest.raises(UserError, match="encoder has no attention outer: choose inner"):
        show("attention", patches, layer="encoder", input=picture, part="outer")


def test_what_does_not_attend_is_refused(patches):
    plain = describe(Network(keras.Sequential([keras.Input((3,)), layers.Dense(2)], name="plain")))
    assert obstacle(view("attention"), plain) == ("plain has no attention layer, which attention needs.")
    refusal = obstacle_of_layer(view("attention"), describe(patches), patches.layer("patches"))
    assert refusal.endswith("which computes no attention: choose one of attention, encoder.")
