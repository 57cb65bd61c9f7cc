"""Pictures that maximise a response, held to closed forms, finite differences and the network itself."""

from pathlib import Path

import keras
import numpy as np
import pytest

import dlviz
from dlviz.api import open_model
from dlviz.engine.shown_sheets import ShownSheets
from dlviz.engine.work import work
from dlviz.inspect.data import load_data
from dlviz.jobs import Export, Request, Show
from dlviz.maximise.ascent import Ascent, AscentState, Regularisation
from dlviz.maximise.objectives import Unit
from dlviz.maximise.parametrisations import PARAMETRISATIONS, Fourier, Maco, Pixels
from dlviz.maximise.recipe import Recipe
from dlviz.maximise.transforms import Transforms, total_variation, transformed
from dlviz.network import Network
from dlviz.session import Session
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)
NATURAL = RANDOM.uniform(size=(8, 6, 6, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def lenet():
    return open_model("lenet5")


def linear_unit(weights):
    """A network of one linear unit over pictures in 0..255."""
    x = keras.Input((*weights.shape, 1))
    scaled = keras.layers.Rescaling(1 / 255)(x)
    unit = keras.layers.Dense(1, use_bias=False, name="unit")
    model = keras.Model(x, unit(keras.layers.Flatten()(scaled)))
    unit.set_weights([weights.reshape(-1, 1)])
    return Network(model, mode="none")


def climbed(network, layer, parametrisation, regularisation, **how):
    objective = Unit(network, layer, network.input)
    ascent = Ascent(objective, np.eye(1), parametrisation, regularisation, (0.0, 255.0), NATURAL, **how)
    *_, last = (each for each in ascent.run() if isinstance(each, AscentState))
    return last


@pytest.mark.parametrize("parametrisation", [Pixels(), Fourier()])
def test_within_a_ball_a_linear_unit_is_maximised_by_its_weights(parametrisation):
    weights = RANDOM.normal(size=(6, 6)).astype(np.float32)
    radius = 0.1
    last = climbed(linear_unit(weights), "unit", parametrisation, Regularisation(contrast=radius), steps=400, rate=0.02)
    away = last.pictures[0, 0, ..., 0] - 0.5
    np.testing.assert_allclose(away, radius * weights / np.sqrt(np.mean(weights**2)), atol=0.02)
    best = 0.5 * weights.sum() + radius * np.sqrt(36) * np.linalg.norm(weights)  # w·x over the ball
    assert last.response[0, 0] == pytest.approx(best, rel=2e-3)


@pytest.mark.parametrize("at_once", [1, 3])
def test_pictures_do_not_depend_on_how_many_steps_are_taken_at_once(monkeypatch, at_once):
    network = linear_unit(RANDOM.normal(size=(6, 6)).astype(np.float32))
    regularisation = Regularisation(Transforms(jitter=1, rotation=20, blur=1), variation=0.1)
    last = climbed(network, "unit", Fourier(), regularisation, steps=40)
    monkeypatch.setattr("dlviz.maximise.ascent.AT_ONCE", at_once)
    again = climbed(network, "unit", Fourier(), regularisation, steps=40)
    np.testing.assert_array_equal(again.pictures, last.pictures)


def test_within_the_range_alone_a_linear_unit_is_maximised_by_their_signs():
    weights = (RANDOM.choice([-1, 1], (6, 6)) * RANDOM.uniform(0.5, 1.5, (6, 6))).astype(np.float32)
    last = climbed(linear_unit(weights), "unit", Pixels(), Regularisation(), steps=200)
    np.testing.assert_allclose(last.pictures[0, 0, ..., 0], weights > 0, atol=0.02)


def test_phases_alone_leave_the_strength_of_frequencies_as_in_natural_pictures():
    maco, shape = Maco(), (6, 7, 3)
    natural = RANDOM.uniform(0.4, 0.6, (16, *shape)).astype(np.float32)
    spectrum = maco.spectrum(shape, natural)
    made = np.asarray(maco.pictures(maco.start(4, shape, RANDOM), spectrum, shape), np.float64)
    mean = natural.mean(axis=(0, 1, 2))
    values = (np.log(made / (1 - made)) - np.log(mean / (1 - mean))) * mean * (1 - mean)  # the squashing undone
    opponent = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])
    wanted = np.abs(np.fft.rfft2((natural - mean) @ opponent.T, axes=(1, 2))).mean(axis=0)
    strengths = np.abs(np.fft.rfft2(values @ opponent.T, axes=(1, 2)))
    inner = np.s_[:, 1:3, 1:3]  # frequencies that are not their own mirror image
    np.testing.assert_allclose(strengths[inner], np.broadcast_to(wanted, strengths.shape)[inner], rtol=1e-3)


def test_gradients_are_finite_differences(lenet):
    """Through the crop, the network and its activation; the directional derivative of the ascended value."""
    from dlviz import backend

    objective = Unit(lenet, "conv2", lenet.input)
    ascent = Ascent(objective, np.eye(16)[:2], Pixels(), Regularisation(), (0.0, 255.0), np.zeros((2, 14, 14, 1)))
    y = RANDOM.uniform(0.2, 0.8, (2, 14, 14, 1)).astype(np.float32)
    weights = np.eye(16, dtype=np.float32)[:2]
    _, gradient = backend.value_and_gradient(lambda p: ascent.values(p, weights)[1], backend.constant(y))
    way = np.asarray(gradient) / np.linalg.norm(np.asarray(gradient), axis=(1, 2), keepdims=True)
    ahead, behind = (np.asarray(ascent.values(backend.constant(y + h * way), weights)[1]) for h in (1e-3, -1e-3))
    slope = np.sum(np.asarray(gradient) * way, axis=(1, 2, 3))
    np.testing.assert_allclose((ahead - behind) / 2e-3, slope, rtol=0.02)


@pytest.mark.parametrize(("model", "layer"), [("lenet5", "conv2"), ("lenet5", "pool2"), ("squeezenet", "fire3_concat")])
def test_a_small_picture_excites_a_unit_as_the_same_pixels_do_in_a_large_one(model, layer):
    network = open_model(model)
    objective = Unit(network, layer, network.input)
    spot, random = objective.spot, np.random.default_rng(0)
    full = network.input_shape
    assert all(n < m for n, m in zip(spot.seen[:2], full[:2], strict=True))
    small = np.zeros((1, *spot.fed), np.float32)
    part = random.uniform(-100, 100, spot.seen).astype(np.float32)
    inside = tuple(slice(*axis) for axis in spot.box)
    small[(0, *inside)] = part
    responses = np.asarray(objective.responses(small)[0])[0]
    from dlviz.analysis.receptive_field import receptive_field

    field = receptive_field(network, layer)
    whole = [np.flatnonzero(np.ptp(s.intervals, axis=1) == n)[0] for s, n in zip(field.seen, spot.seen, strict=False)]
    top, left, bottom, right = field.boxes(np.array(whole))
    large = random.uniform(-100, 100, (1, *full)).astype(np.float32)
    large[0, top:bottom, left:right] = part
    maps = np.asarray(network.function((layer,))(large)[0])
    np.testing.assert_allclose(responses, maps[0, whole[0], whole[1]], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("parametrisation", PARAMETRISATIONS)
@pytest.mark.parametrize("objective", ["unit", "channel"])
def test_what_is_written_is_the_response_to_what_is_written(lenet, objective, parametrisation):
    arrays = dlviz.show(
        "maximise", lenet, layer="conv1", units=[1, 4], limit=50, steps=10,
        objective=objective, parametrisation=parametrisation,
    ).arrays  # fmt: skip
    assert (arrays["objective"] >= arrays["objective_start"]).all()
    if objective == "channel":
        maps = np.asarray(lenet.function(("conv1",))(arrays["image"])[0])
        responses = maps.mean(axis=(1, 2))[[0, 1], [1, 4]]
    else:
        kernel, bias = lenet.keras_layer("conv1").get_weights()
        sums = np.einsum("nhwc,hwcn->n", arrays["image"] / 255, kernel[..., [1, 4]]) + bias[[1, 4]]
        responses = np.asarray(lenet.keras_layer("conv1").activation(sums))
    np.testing.assert_allclose(responses, arrays["objective"], rtol=1e-4, atol=1e-5)


def test_units_are_taken_further_than_by_any_natural_patch(lenet):
    arrays = dlviz.show("maximise", lenet, layer="conv2", limit=200).arrays
    assert np.mean(arrays["objective"] > arrays["natural_score"][:, 0]) >= 0.95


def test_a_filter_of_a_few_pixels_is_taken_to_the_sum_of_its_positive_weights(lenet):
    kernel, bias = lenet.keras_layer("conv1").get_weights()  # (5, 5, 1, 6); of pixels 0..1
    best = np.asarray(lenet.keras_layer("conv1").activation(np.maximum(kernel, 0).sum(axis=(0, 1, 2)) + bias))
    assert (dlviz.show("maximise", lenet, layer="conv1", limit=20).arrays["objective"] > 0.9 * best).all()


def test_the_network_takes_the_picture_of_a_class_for_it(lenet):
    arrays = dlviz.show("maximise", lenet, objective="class", limit=50, steps=60).arrays
    assert lenet.predict(arrays["image"]).argmax(axis=1).tolist() == list(range(10))
    named = dlviz.show("maximise", "squeezenet", objective="class", classes="ostrich, 291", limit=1, steps=1)
    assert named.panels[0].row_labels == ("ostrich", "lion")
    assert tuple(dict.fromkeys(named.panels[0].keys)) == (9, 291)  # a click chooses no unit of a layer
    assert (named.panels[0].things, named.panels[0].selects) == ("classes", "")


def test_classes_that_nobody_names_are_the_likeliest_in_the_data():
    arrays = dlviz.show("maximise", "squeezenet", data="photos", objective="class", limit=3, steps=1).arrays
    network = open_model("squeezenet")
    shares = network.predict(network.feed_from(load_data("photos").whole, 0, 3)).mean(axis=0)
    assert arrays["unit"].tolist() == np.argsort(-shares)[:10].tolist()


def test_a_second_network_recognises_more_classes_than_of_frequencies(lenet):
    second = open_model("dbn")

    def recognised(**how):
        sheet = dlviz.show("maximise", lenet, objective="class", limit=50, steps=100, **how)
        return sheet.source, (second.predict(sheet.arrays["image"]).argmax(axis=1) == np.arange(10)).sum()

    source, usual = recognised()
    assert "2306.06805" in source
    assert usual > recognised(parametrisation="fourier", jitter=0.04, scale=0.05, rotation=5)[1]


def test_what_is_left_open_is_as_usual_for_the_objective_and_the_rest_as_chosen():
    assert Recipe().for_objective("unit").jitter < Recipe().for_objective("class").jitter
    chosen = Recipe(parametrisation="pixels", variation=1.0, jitter=0.0, scale=0.02, rotation=1.0)
    assert chosen.for_objective("class") == chosen.for_objective("unit") == chosen


def test_a_direction_is_the_weighted_sum_of_units_over_its_length(lenet):
    sheet = dlviz.show(
        "maximise", lenet, layer="conv1", units=[0, 2], objective="direction", weights="3 -4", limit=40, steps=20
    )
    kernel, bias = lenet.keras_layer("conv1").get_weights()
    sums = np.einsum("hwc,hwcn->n", sheet.arrays["image"][0] / 255, kernel) + bias
    responses = np.asarray(lenet.keras_layer("conv1").activation(sums))
    assert sheet.arrays["objective"][0] == pytest.approx(0.6 * responses[0] - 0.8 * responses[2], rel=1e-4)
    from dlviz.session import Session

    data = Session().data("digits").select(np.arange(40))
    maps = np.asarray(lenet.function(("conv1",))(lenet.feed_pictures(data.batch(0, 40)))[0])
    best = (maps @ (np.eye(6)[0] * 0.6 - np.eye(6)[2] * 0.8)).reshape(40, -1).max(axis=1)
    assert sheet.arrays["natural_index"][0, 0] == best.argmax()


def test_several_pictures_of_a_unit_differ_more_the_more_it_is_asked_for(lenet):
    def alike(diversity: float) -> float:
        sheet = dlviz.show(
            "maximise", lenet, layer="conv2", units=[2], limit=20, pictures=3, diversity=diversity, steps=60
        )  # fmt: skip
        assert sheet.summary.startswith("First 3 different pictures of 14 × 14 pixels made to excite unit 2 of conv2")
        images = sheet.arrays["images"].reshape(3, -1)
        return float(np.corrcoef(images)[np.triu_indices(3, 1)].mean())

    assert alike(3.0) < alike(0.0)


def test_frames_are_those_of_one_film(lenet):
    from dlviz.jobs import Request
    from dlviz.session import Session
    from dlviz.sheet import Sheet

    request = Request("maximise", "lenet5", "conv1", (0,), limit=20, settings={"steps": 30})
    session = Session()
    frames = [found for found in session.show(request) if isinstance(found, Sheet)]
    assert len(frames) == frames[0].steps
    assert len({frame.title for frame in frames}) == 1
    responses = [float(frame.arrays["objective"][0]) for frame in frames]
    assert responses == sorted(responses)
    again = list(session.show(request))
    assert sum(isinstance(found, Sheet) for found in again) == len(frames)


def test_transforms_move_what_is_seen_as_they_say():
    pictures = RANDOM.uniform(size=(2, 9, 9, 1)).astype(np.float32)
    np.testing.assert_allclose(
        np.asarray(transformed(pictures, {"shift": np.array([2, -1])})), np.roll(pictures, (2, -1), (1, 2))
    )
    turned = Transforms(rotation=90)._matrices(2, (9, 9), _Fixed(1.0))
    quarter = np.asarray(transformed(pictures, {"matrix": turned}))
    assert any(np.allclose(quarter, np.rot90(pictures, k, (1, 2)), atol=1e-4) for k in (1, 3))
    drawn = Transforms(blur=1.5).sampled(2, (9, 9), 1.0, RANDOM)
    flat = np.asarray(transformed(np.full((1, 9, 9, 3), 0.3, np.float32), drawn))
    np.testing.assert_allclose(flat, 0.3, rtol=1e-5)


class _Fixed:
    """Draws the upper end of what it is asked for."""

    def __init__(self, share: float) -> None:
        self.share = share

    def uniform(self, low: float, high: float, n: int) -> np.ndarray:
        return np.full(n, high * self.share)


def test_total_variation_is_the_length_of_edges():
    step = np.zeros((1, 8, 8, 1), np.float32)
    step[:, :, 4:] = 0.5
    assert float(np.asarray(total_variation(step))[0]) == pytest.approx(8 * 0.5, abs=0.1)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"objective": "class", "classes": "eleven"}, "Option classes=eleven is not a class of lenet5"),
        ({"objective": "direction", "weights": "1 2", "units": [1]}, "2 numbers for 1 units"),
        ({"parametrisation": "wavelets"}, "parametrisation=wavelets is unknown"),
    ],
)
def test_what_cannot_be_maximised_is_told(lenet, settings, sentence):
    with pytest.raises(UserError, match=sentence):
        dlviz.show("maximise", lenet, layer="conv1", limit=10, **settings)


def test_what_takes_tokens_is_told():
    with pytest.raises(UserError, match="sums takes texts, and maximise is for networks that take"):
        dlviz.show("maximise", "sums")


def test_a_page_plays_the_ascent_from_python_and_from_the_window(tmp_path):
    pages = [str(tmp_path / name) for name in ("python.html", "window.html")]
    dlviz.show("maximise", "lenet5", out=pages[0], layer="conv1", units=[0], steps=1, limit=50)
    request = Request("maximise", "lenet5", "conv1", (0,), limit=50, settings={"steps": 1})
    session, shown = Session(), ShownSheets()
    for job in (Show(request), Export(request, pages[1])):
        list(work(session, shown, job))
    frames = [Path(page).read_text("utf-8").count("<section") for page in pages]
    assert frames == [2, 2]  # before the step and after it


def test_only_of_pictures_is_said_what_people_can_tell_from_them(lenet, tmp_path):
    x = keras.Input((9, 2))
    series = keras.Model(x, keras.layers.Conv1D(2, 3, name="conv")(x), name="series")
    np.savez(tmp_path / "series.npz", x=np.random.default_rng(0).normal(size=(4, 9, 2)).astype(np.float32))
    options = {"units": [0], "steps": 1}
    of_series = dlviz.show("maximise", series, layer="conv", data=str(tmp_path / "series.npz"), **options)
    of_pictures = dlviz.show("maximise", lenet, layer="conv1", limit=4, **options)
    assert "after 1 step of gradient ascent" in of_series.summary
    assert ["people can tell" in sheet.source for sheet in (of_series, of_pictures)] == [False, True]


def test_of_sounds_what_is_made_and_what_is_natural_have_as_much_room():
    sheet = dlviz.show("maximise", "tones", layer="conv1", limit=8, steps=2)
    assert [panel.role for panel in sheet.panels] == ["main"] * 8
    assert "For each of 16 units" in sheet.summary
    assert "The first 4 are shown." in sheet.summary
