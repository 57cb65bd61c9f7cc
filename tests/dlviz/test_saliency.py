"""Saliency: every method against a closed form, brute force or finite differences."""

import keras
import numpy as np
import pytest
from keras import layers as L

import dlviz
from dlviz.network import Network
from dlviz.saliency import METHODS
from dlviz.saliency.score import Score
from dlviz.saliency.target import target_of
from dlviz.sheet import Bars, Curves, Image, Tiles
from dlviz_models.data.samples import Numbers, Picture, Several, Sound, Text
from dlviz_models.errors import UserError
from tests.scenes import scene_of

RANDOM = np.random.default_rng(3)
PICTURE = Picture(RANDOM.integers(0, 256, (8, 8, 2), np.uint8), name="p")


def convolutions(activation="relu", bias=True):
    x = keras.Input((8, 8, 2))
    y = L.Conv2D(3, 3, activation=activation, use_bias=bias, bias_initializer="random_normal", name="conv")(x)
    y = L.MaxPooling2D()(y) if activation == "relu" else y
    return keras.Model(x, L.Dense(4, "softmax", use_bias=bias, name="out")(L.Flatten()(y)))


def target(model, sample, number=1, of=""):
    network = Network(model, mode="unit")
    return target_of(Score(network, of or network.input), network.feed([sample]), number)


def attribution(name, target, **options):
    *_, found = finished(METHODS[name](**options).attribute(target))
    return found


def finished(generator):
    """What a generator yields, and what it returns."""
    found = []
    while True:
        try:
            found.append(next(generator))
        except StopIteration as end:
            return [*found, end.value]


def logits(model, x):
    answer = np.asarray(model(x), np.float64)
    return np.log(answer)  # up to a constant


def test_gradients_are_finite_differences():
    to = target(convolutions("tanh"), PICTURE)
    slope = to.gradients(to.values[None])[0]
    step = 1e-2
    for place in [(0, 0, 0), (3, 4, 1), (7, 7, 0), (5, 2, 1)]:
        change = np.zeros_like(to.values)
        change[place] = step
        above, below = to.scores(np.stack([to.values + change, to.values - change]))
        assert slope[place] == pytest.approx((above - below) / (2 * step), abs=2e-3)
    np.testing.assert_allclose(attribution("gradient", to).values, np.abs(slope).max(axis=-1))


def test_the_score_is_the_logit_of_the_model():
    model = convolutions()
    scores = [target(model, PICTURE, number).scores(PICTURE.pixels[None] / 255)[0] for number in range(4)]
    expected = logits(model, PICTURE.pixels[None] / 255)[0]
    np.testing.assert_allclose(scores - scores[0], expected - expected[0], atol=1e-4)


def test_of_a_linear_network_all_is_known():
    x = keras.Input((4,))
    model = keras.Model(x, L.Dense(2, name="answer")(x))
    w = model.get_weights()[0][:, 1]
    to = target(model, Numbers(np.float32([0.5, -1, 2, 0]), name="row"))
    product = w * to.values[:, 0]
    np.testing.assert_allclose(attribution("gradient", to).values, np.abs(w), rtol=1e-5)
    np.testing.assert_allclose(attribution("smoothgrad", to).values, np.abs(w), rtol=1e-5)
    np.testing.assert_allclose(attribution("integrated", to, steps=1).values, product, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(attribution("occlusion", to).values, product, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(attribution("relevance", to, epsilon=0).values, product, rtol=1e-4, atol=1e-6)


def test_integrated_gradients_are_complete_and_the_mean_gradient():
    to = target(convolutions("tanh"), PICTURE)
    found = attribution("integrated", to)
    after, before = to.scores(np.stack([to.values, np.zeros_like(to.values)]))
    assert found.values.sum() == pytest.approx(after - before, rel=0.01)
    shares = (np.arange(500) + 0.5) / 500
    mean = to.gradients((shares[:, None, None, None] * to.values).astype(np.float32)).mean(axis=0)
    np.testing.assert_allclose(found.values, (mean * to.values).sum(axis=-1), atol=0.02 * np.abs(found.values).max())


def test_steps_are_halved_while_the_sum_is_not_that_of_the_rise(monkeypatch):
    monkeypatch.setattr("dlviz.saliency.gradients.TOLERANCE", -1)  # never complete: 2 steps, measured, 4, 8
    to = target(convolutions("tanh"), PICTURE)
    found = attribution("integrated", to, steps=2, most_steps=16)
    np.testing.assert_allclose(found.values, attribution("integrated", to, steps=8, most_steps=8).values, atol=1e-5)
    assert not np.allclose(found.values, attribution("integrated", to, steps=4, most_steps=4).values, atol=1e-5)


def test_integrated_gradients_are_complete_where_the_answer_jumps_up_near_black():
    """log(1e-6 + x), as of a spectrogram: nearly all of the rise lies within the first thousandth of the way."""
    x = keras.Input((4,))
    y = keras.ops.log(keras.ops.maximum(x, 0.0) + 1e-6)
    model = keras.Model(x, L.Dense(2, use_bias=False, kernel_initializer="ones", name="answer")(y))
    to = target(model, Numbers(np.float32([0.5, 1, 2, 3]), name="row"))
    rises = np.log(to.values[:, 0] + 1e-6) - np.log(1e-6)
    found = attribution("integrated", to).values
    np.testing.assert_allclose(found, rises, rtol=0.02)
    assert found.sum() == pytest.approx(rises.sum(), rel=0.01)
    even = attribution("integrated", to, steps=1024, most_steps=1024).values
    assert even.sum() != pytest.approx(rises.sum(), rel=0.1)


def test_smoothgrad_is_the_mean_gradient_over_noise():
    to = target(convolutions("tanh"), PICTURE)
    noise = np.random.default_rng(5).normal(0, 0.1 * np.ptp(to.values), (6, 8, 8, 2)).astype(np.float32)
    mean = np.mean([to.gradients(to.values[None] + one)[0] for one in noise], axis=0)
    found = attribution("smoothgrad", to, copies=6, noise=0.1, seed=5).values
    np.testing.assert_allclose(found, np.abs(mean).max(axis=-1), rtol=1e-4)


def averaged_maps():
    """Two maps, averaged and weighed by 3 and -1: Grad-CAM's weights are 3/9 and -1/9."""
    x = keras.Input((3, 3, 2))
    maps = L.Conv2D(2, 1, use_bias=False, name="maps")(x)
    model = keras.Model(x, L.Dense(2, "softmax", use_bias=False)(L.GlobalAveragePooling2D()(maps)))
    model.set_weights([np.eye(2).reshape(1, 1, 2, 2), np.array([[0, 3.0], [0, -1.0]])])
    return model


def test_gradcam_by_hand():
    pixels = RANDOM.integers(0, 256, (3, 3, 2), np.uint8)
    a = pixels / 255
    to = target(averaged_maps(), Picture(pixels, name="p"))
    expected = np.maximum(3 * a[..., 0] - a[..., 1], 0) / 9
    np.testing.assert_allclose(attribution("gradcam", to).values, expected, atol=1e-6)
    g = 3 / 9  # equation 19; the second map's gradients are below 0
    alpha = g**2 / (2 * g**2 + a[..., 0].sum() * g**3)
    plus = np.maximum(9 * alpha * g * a[..., 0], 0)
    np.testing.assert_allclose(attribution("gradcam++", to).values, plus, rtol=1e-5)


def test_gradcam_weighs_what_maps_of_the_classes_are_computed_from():
    x = keras.Input((6, 6, 1))
    features = L.Dropout(0.5)(L.Conv2D(4, 3, activation="relu", name="features")(x))
    classes = L.Conv2D(3, 1, name="classes")(features)
    model = keras.Model(x, L.Softmax()(L.GlobalAveragePooling2D()(classes)))
    to = target(model, Picture(RANDOM.integers(0, 256, (6, 6, 1), np.uint8), name="p"))
    assert "The maps of features have" in attribution("gradcam", to).note
    assert "The maps of classes have" in attribution("gradcam", to, cam_layer="classes").note


def test_gradcam_is_enlarged_over_the_input_and_weighs_what_is_asked_for():
    to = target(convolutions(), PICTURE)
    found = attribution("gradcam", to)
    [pooling] = (name for name in to.score.network.layers if name.startswith("max_pooling2d"))
    assert found.values.shape == (8, 8)
    assert "conv have 6 × 6" in found.note
    assert f"The maps of {pooling} have 3 × 3" in attribution("gradcam", to, cam_layer=pooling).note
    with pytest.raises(UserError, match="cam_layer=out is not a layer"):
        attribution("gradcam", to, cam_layer="out")


def test_relevance_of_rectifiers_without_biases_is_gradient_times_input():
    to = target(convolutions(bias=False), PICTURE)
    found = attribution("relevance", to, epsilon=0)
    product = to.gradients(to.values[None])[0] * to.values
    np.testing.assert_allclose(found.values, product.sum(axis=-1), rtol=1e-3, atol=1e-5)
    assert found.values.sum() == pytest.approx(to.scores(to.values[None])[0], rel=1e-3)


def test_relevance_by_hand():
    """z = 2 a + b + 1 = 6 for a = 2, b = 1; then the answer 3 z = 18: shares of 18 are 4/6, 1/6, the bias has 1/6."""
    x = keras.Input((2,))
    model = keras.Model(x, L.Dense(1, use_bias=False, name="value")(L.Dense(1, "relu")(x)))
    model.set_weights([np.array([[2.0], [1.0]]), np.array([1.0]), np.array([[3.0]])])
    to = target(model, Numbers(np.float32([2, 1]), name="row"), number=0)
    np.testing.assert_allclose(attribution("relevance", to, epsilon=0).values, [12, 3], rtol=1e-5)


def test_relevance_is_kept_through_sums_products_and_several_outputs():
    x = keras.Input((5, 3))
    sequence, last, _ = L.LSTM(4, return_sequences=True, return_state=True)(x)
    gated = L.Multiply()([L.GlobalMaxPooling1D()(sequence), last])
    model = keras.Model(x, L.Dense(3, use_bias=False, name="logits")(L.Add()([gated, gated, last])))
    to = target(model, Numbers(RANDOM.normal(size=(5, 3)).astype(np.float32), name="steps"))
    to_gates = METHODS["relevance"](epsilon=0)
    *_, found = finished(to_gates.attribute(to))
    assert np.isfinite(found.values).all()
    assert found.values.any()


def test_relevance_through_half_precision():
    x = keras.Input((4,))
    model = keras.Model(x, L.Dense(2, use_bias=False, dtype="mixed_float16", name="answer")(x))
    to = target(model, Numbers(np.float32([0.5, -1, 2, 0]), name="row"))
    product = model.get_weights()[0][:, 1] * to.values[:, 0]
    np.testing.assert_allclose(attribution("relevance", to).values, product, rtol=0.03, atol=1e-3)


def test_relevance_goes_past_whole_numbers_on_the_way():
    """A class token: an embedding of whole numbers that are made of the picture's shape, not of what it shows."""
    x = keras.Input((4, 3))
    token = L.Embedding(1, 3)(keras.ops.cast(keras.ops.zeros_like(x[:, :1, 0]), "int32"))
    tokens = L.Flatten()(L.Concatenate(axis=1)([token, x]))
    model = keras.Model(x, L.Dense(2, use_bias=False, name="logits")(tokens))
    to = target(model, Numbers(RANDOM.normal(size=(4, 3)).astype(np.float32), name="steps"))
    product = to.values * model.get_weights()[1][3:, 1].reshape(4, 3)
    found = attribution("relevance", to, epsilon=0)
    np.testing.assert_allclose(found.values, product.sum(axis=-1), rtol=1e-4, atol=1e-6)


def test_occlusion_by_brute_force():
    model = convolutions()
    to = target(model, PICTURE)
    x, side = to.values, 3
    lost, count = np.zeros((8, 8)), np.zeros((8, 8))
    for top in range(6):
        for left in range(6):
            covered = x.copy()
            covered[top : top + side, left : left + side] = x.reshape(-1, 2).mean(axis=0)
            window = slice(top, top + side), slice(left, left + side)
            lost[window] += to.scores(x[None])[0] - to.scores(covered[None])[0]
            count[window] += 1
    np.testing.assert_allclose(attribution("occlusion", to, window=0.375).values, lost / count, atol=1e-5)


def test_coarse_methods_ask_the_network_less_often():
    to = target(convolutions("tanh"), PICTURE)
    found = attribution("occlusion", to, window=0.25, most_windows=16).values
    for block in (slice(a, a + 2) for a in range(0, 8, 2)):  # the window of 2 × 2 moves by 2
        covered = to.values.copy()
        covered[block, block] = to.values.reshape(-1, 2).mean(axis=0)
        lost = to.scores(to.values[None])[0] - to.scores(covered[None])[0]
        np.testing.assert_allclose(found[block, block], lost, atol=1e-5)
    assert METHODS["occlusion"]().coarse().most_windows < METHODS["occlusion"]().most_windows
    whole = METHODS["integrated"](steps=4)
    assert (whole.coarse().steps, whole.coarse().most_steps) == (4, 4)


def test_one_unit_for_two_classes_speaks_for_one_and_against_the_other():
    x = keras.Input((4,))
    model = keras.Model(x, L.Dense(1, "sigmoid")(L.Dense(5, "tanh")(x)))
    sample = Numbers(RANDOM.normal(size=4).astype(np.float32), name="row")
    for method in ("integrated", "occlusion", "relevance"):
        no, yes = (attribution(method, target(model, sample, number)).values for number in (0, 1))
        np.testing.assert_allclose(no, -yes, atol=1e-6)
        assert yes.any()


@pytest.mark.parametrize("classes", [1, 3])
def test_of_a_mask_its_own_pixels_count(classes):
    x = keras.Input((4, 4, 2))
    model = keras.Model(x, L.Conv2D(classes, 1, activation="softmax" if classes > 1 else "sigmoid", name="mask")(x))
    pixels = RANDOM.integers(0, 256, (4, 4, 2), np.uint8)
    kernel, bias = model.get_weights()
    z = pixels / 255 @ kernel[0, 0] + bias
    number = int(z[0, 0].argmax()) if classes > 1 else int(z[0, 0, 0] > 0)
    mask = z.argmax(axis=-1) == number if classes > 1 else (z[..., 0] > 0) == number
    to = target(model, Picture(pixels, name="p"), number)
    weights = kernel[0, 0, :, number] if classes > 1 else kernel[0, 0, :, 0] * (1 if number else -1)
    expected = mask[..., None] * weights / mask.sum()
    np.testing.assert_allclose(to.gradients(to.values[None])[0], expected, atol=1e-6)


def test_tokens_are_explained_by_their_embeddings_and_padding_counts_nothing():
    x = keras.Input((6,), name="tokens")
    y = L.LSTM(4)(L.Embedding(20, 3, mask_zero=True, name="embedding")(x))
    model = keras.Model(x, L.Dense(2, "softmax")(y))
    tokens = np.array([3, 7, 7, 1, 0, 0])
    to = target(model, Numbers(tokens, name="text"))
    table = model.get_layer("embedding").get_weights()[0]
    np.testing.assert_allclose(to.values, table[tokens], rtol=1e-6)
    difference = target(model, Numbers(tokens, name="text"), 0).scores(to.values[None]) - to.scores(to.values[None])
    answer = np.log(np.asarray(model(tokens[None])))[0]
    np.testing.assert_allclose(difference, answer[0] - answer[1], atol=1e-5)
    for method in ("integrated", "occlusion", "gradient"):
        found = attribution(method, to).values
        assert found.shape == (6,)
        np.testing.assert_allclose(found[4:], 0, atol=1e-7)
        assert found[:4].any()


# -- the view ----------------------------------------------------------------------------------------------------------


def shown(model, sample, **settings):
    from dlviz.options import configure
    from dlviz.views.saliency import Saliency

    *_, sheet = configure(Saliency, settings).run(scene_of(Network(model, mode="unit"), samples=(sample,)))
    return sheet


@pytest.mark.parametrize("method", METHODS)
def test_a_digit(method):
    sheet = dlviz.show("saliency", "lenet5", input="digits:7", method=method)
    assert sheet.arrays["map"].shape == (28, 28)
    assert sheet.arrays["map"].dtype == np.float32
    assert str(sheet.arrays["method"]) == method
    assert sheet.source
    lit, tiles = sheet.panels
    assert isinstance(lit, Image)
    assert isinstance(tiles, Tiles)
    assert lit.heat.min() >= 0
    assert lit.heat.max() == pytest.approx(1)


def test_the_class_that_is_asked_for():
    likeliest, three = (dlviz.show("saliency", "lenet5", input="digits:7", target=t) for t in ("", "3"))
    assert "“3”" in three.summary
    assert not np.allclose(likeliest.arrays["map"], three.arrays["map"])
    with pytest.raises(UserError, match="target=cat is not a class of lenet5"):
        dlviz.show("saliency", "lenet5", input="digits:7", target="cat")


def test_sound_numbers_and_several_inputs():
    x = keras.Input((1200, 1))
    model = keras.Model(x, L.Dense(3, "softmax")(L.GlobalAveragePooling1D()(L.Conv1D(4, 9, activation="relu")(x))))
    sound = Sound(RANDOM.uniform(-0.5, 0.5, 1200).astype(np.float32), name="s")
    for method in ("gradcam", "integrated"):
        [curves] = shown(model, sound, method=method).panels
        assert isinstance(curves, Curves)
        assert list(curves.series) == ["what is fed", "how much it counts, scaled to the same height"]
        fed, counts = curves.series.values()
        np.testing.assert_array_equal(fed, sound.samples)
        assert np.abs(counts).max() == pytest.approx(np.abs(sound.samples).max())
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    model = keras.Model([a, b], L.Dense(1, name="price")(L.Concatenate()([a, b])))
    both = {"a": Numbers(np.float32([1, 2, 3]), ("x", "y", "z"), name="a"), "b": Numbers(np.float32([1, 2]), name="b")}
    sheet = shown(model, Several(both, name="row"), of="b")
    np.testing.assert_allclose(sheet.arrays["map"], model.get_weights()[0][3:, 0] * [1, 2], rtol=1e-4)
    assert "Only b is explained; for another input choose of=a." in sheet.summary
    [bars] = shown(model, Several(both, name="row")).panels
    assert isinstance(bars, Bars)
    assert bars.labels == ("x", "y", "z")
    with pytest.raises(UserError, match="choose one of a, b"):
        shown(model, Several(both, name="row"), of="c")


def test_words_stand_at_their_bars_without_padding():
    split = L.TextVectorization(output_sequence_length=6, vocabulary=["a", "good", "bad", "film"], name="split")
    x = keras.Input((1,), dtype="string")
    y = L.GlobalAveragePooling1D()(L.Embedding(8, 4, mask_zero=True)(split(x)))
    model = keras.Model(x, L.Dense(1, activation="sigmoid")(y))
    [bars] = shown(model, Text("a good film", name="t")).panels
    assert bars.labels == ("a", "good", "film")


def test_of_many_tokens_those_that_count_most_are_shown_in_order():
    sheet = dlviz.show("saliency", "motifs")
    [bars] = sheet.panels
    values = sheet.arrays["map"]
    places = [int(label.split("(")[1][:-1]) - 1 for label in bars.labels]
    assert places == sorted(np.argsort(-np.abs(values), kind="stable")[:24])
    np.testing.assert_array_equal(bars.values, values[places])


# -- sentences ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "given", "told"),
    [
        ((4,), Numbers(np.arange(4, dtype=np.float32)), "The window is 1 number."),
        ((20, 2), Numbers(np.arange(40, dtype=np.float32).reshape(20, 2)), "The window is 5 steps."),
        ((8, 8, 1), Picture(np.arange(64, dtype=np.uint8).reshape(8, 8, 1)), "The window is 2 × 2 pixels."),
    ],
)
def test_the_window_of_an_occlusion_is_counted_in_what_it_covers(shape, given, told):
    x = keras.Input(shape)
    network = keras.Model(x, L.Dense(2, "softmax")(L.Flatten()(x)))
    assert told in shown(network, given, method="occlusion").summary


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (L.Conv1D(2, 3, name="conv"), "goes to biases and epsilon."),
        (L.GRU(2, return_sequences=True, name="gru"), "more than weighted sums, such as gru."),
    ],
)
def test_relevance_goes_to_layers_that_there_are(layer, told):
    x = keras.Input((6, 2))
    network = keras.Model(x, L.Dense(2, name="sizes")(L.Flatten()(layer(x))))
    assert told in shown(network, Numbers(np.ones((6, 2), np.float32)), method="relevance").summary


def test_relevance_goes_to_the_other_inputs():
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    network = keras.Model([a, b], L.Dense(1, name="sum")(L.Concatenate()([a, b])))
    sample = Several({name: Numbers(np.ones(2, np.float32)) for name in "ab"})
    assert "goes to biases, epsilon and the other inputs." in shown(network, sample, method="relevance").summary


def test_a_number_of_a_series_is_called_by_its_step():
    x = keras.Input((None, 1))
    network = keras.Model(x, L.Dense(1, name="sum")(L.GRU(2, return_sequences=True)(x)))
    sample = Numbers(np.ones((5, 1), np.float32))
    assert shown(network, sample).summary.startswith("What step 0 of sum = ")
    assert shown(network, sample, target="step 4 of sum").summary.startswith("What step 4 of sum = ")


@pytest.mark.parametrize(("activation", "title"), [("linear", "Blue raises it, orange lowers it"),
                                                   ("softmax", "Blue speaks for it, orange against it")])  # fmt: skip
def test_what_counts_raises_a_number_and_speaks_for_a_class(activation, title):
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(2, activation, name="out")(x))
    [panel] = dlviz.show("saliency", model, input="numbers:1,-2,3", method="gradient").panels
    assert panel.title == title
