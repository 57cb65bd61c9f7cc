"""Checks of saliency methods, on networks whose maps are known."""

import keras
import numpy as np
import pytest
from scipy.stats import spearmanr

import dlviz
from dlviz.inspect.data import load_data
from dlviz.jobs import Request
from dlviz.network import Network
from dlviz.panels.saliency_worth import _verdict
from dlviz.saliency import METHODS
from dlviz.saliency.checks import deletion_and_insertion, edge_map, pointing_game, randomised, rank_correlation
from dlviz.saliency.most_confident import most_confident
from dlviz.saliency.score import Score
from dlviz.saliency.target import target_of
from dlviz.session import Session
from dlviz.sheet import Sheet
from dlviz_models.data import ArrayPictures
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(2)


def colours(sharpness=16.0):
    """Class k is how much of channel k there is."""
    x = keras.Input((4, 4, 4))
    y = keras.layers.Dense(4, "softmax", use_bias=False)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(x, y)
    model.set_weights([np.eye(4, dtype=np.float32) * sharpness])
    return Network(model, mode="none")


def of_colours(shown, brightness, labels):
    """Pictures (n) of one colour each, of the brightness 0..255, that are said to be of these classes."""
    x = np.zeros((len(shown), 4, 4, 4), np.uint8)
    x[np.arange(len(shown)), ..., shown] = np.array(brightness)[:, None, None]
    return ArrayPictures("colours", x, None if labels is None else np.array(labels))


def finished(generator):
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def test_the_pointing_game_of_known_maps():
    network = colours()
    score = Score(network, network.input)
    quarters = np.zeros((4, 4, 4, 4), np.float32)
    for k in range(4):
        quarters[k, ..., k] = 1
    quarters[1, ..., 0] = 0.5  # a third of class 0 is in the quarter of class 1
    target = target_of(score, {network.input: quarters}, 0)
    assert finished(pointing_game(METHODS["integrated"](), target, quarters, 0)) == pytest.approx(2 / 3, abs=1e-5)
    assert finished(pointing_game(METHODS["gradient"](), target, quarters, 0)) == pytest.approx(0.25)


def test_compared_with_others_what_speaks_for_all_drops_out():
    network = colours()
    picture = RANDOM.random((1, 4, 4, 4), np.float32)
    target = target_of(Score(network, network.input), {network.input: picture}, 2, against_others=True)
    assert target.weights[0, 2] == 1
    assert target.weights.sum() == pytest.approx(0, abs=1e-6)
    shares = np.exp(16 * picture.mean(axis=(1, 2))[0])
    shares[2] = 0
    np.testing.assert_allclose(-target.weights[0, [0, 1, 3]], (shares / shares.sum())[[0, 1, 3]], rtol=1e-4)


def test_deletion_and_insertion_end_at_known_pictures():
    network = colours()
    x = RANDOM.random((4, 4, 4), np.float32)
    x[..., 1] = 0
    x[0, 0, 1] = 4
    saliency = np.zeros((4, 4))
    saliency[0, 0] = 1
    deletion, insertion = deletion_and_insertion(network, x, 1, saliency)
    whole = network.predict(x[None])[0, 1]
    assert deletion[0] == pytest.approx(whole)
    assert insertion[-1] == pytest.approx(whole)
    mean = np.broadcast_to(x.mean(axis=(0, 1)), x.shape).copy()
    assert deletion[-1] == pytest.approx(network.predict(mean[None])[0, 1])
    without = x.copy()
    without[0, 0] = mean[0, 0]
    assert deletion[1] == pytest.approx(network.predict(without[None])[0, 1])  # 5%: one pixel of 16


def test_of_fewer_than_four_classes_another_check_is_named():
    with pytest.raises(UserError, match="of four classes, and lenet5 sees 2 in those of digits: choose check="):
        dlviz.show("saliency_checks", "lenet5", limit=2)


def test_deletion_is_checked_on_a_picture_whose_class_goes_with_its_pixels(tmp_path):
    """Class k is the brightest pixel of channel k. Of the surest picture no pixel differs from the mean."""
    x = keras.Input((4, 4, 3))
    model = keras.Model(x, keras.layers.Softmax()(keras.layers.GlobalMaxPooling2D()(x)))
    pictures = np.full((2, 4, 4, 3), 10, np.uint8)
    pictures[0, ..., 0] = 60
    pictures[1, ..., 0], pictures[1, 0, 0, 1] = 15, 30
    for count, name in ((1, "even"), (2, "both")):
        np.savez(tmp_path / f"{name}.npz", x=pictures[:count], y=np.arange(count))
    show = {"method": "gradient", "check": "deletion", "preprocess": "none"}
    sheet = dlviz.show("saliency_checks", model, data=str(tmp_path / "both.npz"), **show)
    bright, dark = np.exp(30), np.exp(11.25)  # of 16 pixels the mean
    ends = [y / (y + np.exp(15) + np.exp(10)) for y in (bright, dark)]
    np.testing.assert_allclose(sheet.arrays["deletion"][:, [0, -1]], [ends] * 3, rtol=1e-5)
    assert sheet.summary.endswith(
        "it is right about it. Left out is the one of 0, which keeps its class even with all pixels deleted."
    )
    assert [panel.limits for panel in sheet.panels[1:]] == [(0, 1)] * 2
    with pytest.raises(UserError, match="deletion cannot tell saliency methods apart: choose check=randomisation"):
        dlviz.show("saliency_checks", model, data=str(tmp_path / "even.npz"), **show)


def test_edges_are_where_brightness_changes():
    picture = np.zeros((5, 6, 1), np.float32)
    picture[:, 3:] = 1
    edges = edge_map(picture)
    assert (edges[:, 2:4] == 4).all()  # Sobel: 1 + 2 + 1
    assert not edges[:, [0, 1, 4, 5]].any()


def test_weights_are_shuffled_from_the_last_layer_on_and_put_back():
    x = keras.Input((5,))
    y = keras.layers.BatchNormalization(name="norm")(keras.layers.Dense(6, name="first")(x))
    model = keras.Model(x, keras.layers.Dense(3, name="last")(y))
    for weight in model.weights:
        weight.assign(RANDOM.random(weight.shape))
    before = [np.array(w) for w in model.get_weights()]
    changed = []
    for layer in randomised(Network(model), 3, 0):
        now = model.get_weights()
        changed.append((layer, [not np.array_equal(a, b) for a, b in zip(before, now, strict=True)]))
        assert all(np.isin(a, b).all() for a, b in zip(now, before, strict=True))
    assert [layer for layer, _ in changed] == ["last", "norm", "first"]
    assert changed[0][1] == [False] * 6 + [True] * 2
    assert all(changed[2][1])
    for value, weight in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(value, weight)
    stages = randomised(Network(model), 3, 0)
    next(stages)
    stages.close()
    np.testing.assert_array_equal(model.get_weights()[6], before[6])


def test_surest_are_right_ones_of_different_classes_where_there_are():
    """Of class 3 the surest answer is wrong."""
    pictures = of_colours([3, 0, 1, 2, 3], [9, 5, 3, 4, 2], [0, 0, 1, 2, 3])
    found = finished(most_confident(colours(0.5), pictures, 4))
    assert sorted(found.classes.tolist()) == [0, 1, 2, 3]
    np.testing.assert_array_equal(found.classes, found.true)
    assert found.description(np.arange(4)).endswith("surest among 5 of colours; it is right about them.")


def test_wrong_answers_make_up_a_mosaic_and_are_told():
    pictures = of_colours([1, 0, 2, 3], [9, 9, 3, 4], [0, 1, 2, 3])
    found = finished(most_confident(colours(0.5), pictures, 4))
    assert found.classes[:2].tolist() == [3, 2]
    assert [found.caption(n) for n in (0, 2)] == ["3", f"{found.classes[2]}, is {1 - found.classes[2]}"]
    assert "2 of them it gets wrong, as colours has 2 classes of which it gets" in found.description(np.arange(4))
    assert finished(most_confident(colours(0.5), pictures, 2)).classes.tolist() == [3, 2]


def test_without_labels_its_own_answers_are_the_classes():
    found = finished(most_confident(colours(0.5), of_colours([0, 1], [3, 4], None), 4))
    assert found.classes.tolist() == [1, 0]
    assert "its own answers" in found.description(np.arange(2))


def test_rank_correlation_is_spearmans():
    one, other = RANDOM.random((2, 5, 5)).round(1)
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one.ravel(), other.ravel()).statistic)
    assert rank_correlation(one, np.zeros((5, 5))) == 0


@pytest.mark.parametrize("test", ["pointing", "deletion", "randomisation"])
def test_the_sheets_of_all_methods(test):
    sheet = dlviz.show("saliency_checks", "lenet5", test=test, limit=40)
    assert list(sheet.arrays["method"][: len(METHODS)]) == [method.title for method in METHODS.values()]
    if test == "pointing":
        shares = sheet.arrays["share"]
        assert shares[-1] == 0.25
        poor = [name for name, share in zip(sheet.arrays["method"][:-1], shares[:-1], strict=True) if share <= 0.27]
        assert ("Not clearly better than an edge detector" in sheet.summary) == bool(poor)
        assert all(name in sheet.summary for name in poor)
    elif test == "deletion":
        assert sheet.arrays["deletion"].shape == (len(METHODS) + 2, 21)
        assert list(sheet.arrays["method"][-2:]) == ["edges (Sobel)", "random order"]
    else:
        np.testing.assert_allclose(sheet.arrays["correlation"][:, 0], 1)
        assert (np.abs(sheet.arrays["correlation"][:, -1]) < 1).all()


def test_methods_are_seen_as_soon_as_they_are_checked():
    request = Request("saliency_checks", "lenet5", settings={"check": "deletion"}, limit=40)
    shares, sheets = [], []
    for value in Session().show(request):
        if isinstance(value, Sheet):
            sheets.append(value)
        elif sheets:
            shares.append(value.done / value.total)
    assert shares == sorted(shares)
    titles = [method.title for method in METHODS.values()]
    assert [list(sheet.arrays["method"][:-2]) for sheet in sheets] == [titles[: n + 1] for n in range(len(titles))]
    said = [f"{n} of {len(titles)} methods so far." for n in range(1, len(titles))]
    assert all(sheet.summary.endswith(words) for sheet, words in zip(sheets, said, strict=False))
    assert "so far" not in sheets[-1].summary


def test_the_mosaic_and_chance_are_seen_before_any_method_is_checked():
    request = Request("saliency_checks", "lenet5", settings={"method": "gradient"}, limit=40)
    first, last = (value for value in Session().show(request) if isinstance(value, Sheet))
    (bars, mosaic), (_, same) = first.panels, last.panels
    assert bars.labels == ("edges (Sobel)",)
    assert bars.values == pytest.approx([0.25])
    np.testing.assert_array_equal(mosaic.images, same.images)
    assert first.title == last.title


def test_the_check_of_a_map_beside_it():
    """Integrated gradients of digits, whose most salient pixels are what they rest on, change with the weights."""
    network = dlviz.open_model("lenet5")
    given = {"input": "digits:7", "check": "deletion"}
    sheet = dlviz.show("saliency", network, **given)
    a = sheet.arrays
    x = network.feed([load_data("digits").test.sample(7)])[network.input][0]
    expected = deletion_and_insertion(network, x, 0, a["map"])
    np.testing.assert_allclose(a["deletion_insertion"][0], expected, atol=1e-5)
    (by_map, by_edges, by_chance), inserted = a["deletion_insertion"].mean(axis=2).T
    assert by_map < by_edges < by_chance
    assert f"on average (edges first {by_edges:.1%}, in random order {by_chance:.1%}), while" in sheet.summary
    assert f"inserted {inserted[0]:.1%} ({inserted[1]:.1%}, {inserted[2]:.1%})" in sheet.summary
    assert f"less deletion is {100 * (inserted[0] - by_map):.1f} percentage points by the map" in sheet.summary


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ((0.199, 0.003, -0.01), "is 19.9 percentage points by the map, 0.3 by edges, −1 in random order: the map fi"),
        ((0.01, 0.3, 0.0), "the map is worse than an edge detector"),
        ((0.01, 0.0, 0.015), "the map is no better than random order"),
    ],
)
def test_the_verdict_follows_from_insertion_less_deletion(gains, verdict):
    assert verdict in _verdict(*gains)


def test_a_wrong_answer_is_said(tmp_path):
    digits = load_data("digits").test
    path = tmp_path / "mislabelled.npz"
    np.savez(path, x=digits.batch(0, 1), y=(digits.labels[:1] + 1) % 10)
    own = int(digits.labels[0])
    said = f"lenet5 is wrong: it takes this “{(own + 1) % 10}” for “{own}”."
    assert said in dlviz.show("saliency", "lenet5", input=f"{path}:0", method="gradient").summary
    assert "is wrong" not in dlviz.show("saliency", "lenet5", input="digits:0", method="gradient").summary


def test_maps_as_weights_are_shuffled_are_beside_it():
    network = dlviz.open_model("lenet5")
    before = [np.array(weight) for weight in network.model.get_weights()]
    sheet = dlviz.show("saliency", network, input="digits:7", check="randomisation")
    assert sheet.arrays["correlation"][0] == pytest.approx(1)
    assert abs(sheet.arrays["correlation"][-1]) < 0.5
    assert sheet.panels[-1].captions[1].startswith("logits: ")
    for one, other in zip(before, network.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_check_beside_a_map_is_of_one_picture():
    with pytest.raises(UserError, match="tones does not: choose check=none"):
        dlviz.show("saliency", "tones", check="deletion")
