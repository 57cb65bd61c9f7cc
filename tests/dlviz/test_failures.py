"""The view of failure cases, on the shipped LeNet-5."""

import keras
import numpy as np
import pytest

from dlviz.applies import obstacle
from dlviz.attacks import METHODS
from dlviz.attacks.layers import LayerChanges
from dlviz.attacks.objective import Objective
from dlviz.describe import describe
from dlviz.grammar import article
from dlviz.jobs import Request
from dlviz.network import Network
from dlviz.options import chosen_of, configure, options_of
from dlviz.progress import Progress
from dlviz.session import Session
from dlviz.sheet import Curves, Matrix, Sheet, Tiles
from dlviz.views.failures import Failures
from dlviz_models.data.samples import Numbers, Picture, Several, Sound
from dlviz_models.errors import UserError
from tests.scenes import Given, scene_of


@pytest.fixture(scope="module")
def session():
    return Session()


def ask(session, inputs=(), data="digits", model="lenet5", **settings):
    return list(session.show(Request("failures", model, inputs=inputs, data=data, settings=settings)))


@pytest.mark.parametrize(
    "settings",
    [{}, {"target": "second"}, {"target": "3"}, {"method": "fgsm"}, {"method": "fgsm", "epsilon": 0.2}],
    ids=str,
)
def test_arrays_agree_with_the_network_itself(session, settings):
    *_, sheet = ask(session, count=6, **settings)
    a = sheet.arrays
    network, data = session.network("lenet5"), session.data("digits")
    model = network.model
    before, after = (model.predict_on_batch(a[key]) for key in ("original", "adversarial"))
    np.testing.assert_array_equal(a["original"], network.feed_pictures([data[int(i)] for i in a["index"]]))
    np.testing.assert_array_equal(a["label"], data.labels[a["index"]])
    np.testing.assert_array_equal(a["predicted_before"], a["label"])
    largest = after.max(axis=1)  # on a border between two classes, rounding decides
    np.testing.assert_allclose(after[np.arange(6), a["predicted_after"]], largest, atol=1e-4)
    np.testing.assert_allclose(a["confidence_before"], before.max(axis=1), atol=1e-5)
    np.testing.assert_allclose(a["confidence_after"], largest, atol=1e-4)
    difference = (a["adversarial"] - a["original"]).reshape(6, -1) / network.preprocess.span(1)
    np.testing.assert_allclose(a["l2"], np.sqrt((difference**2).sum(axis=1)), rtol=1e-4)
    np.testing.assert_allclose(a["linf"], np.abs(difference).max(axis=1), rtol=1e-4)
    if settings.get("target") == "3":
        assert (a["label"] != 3).all()
        np.testing.assert_array_equal(a["success"], a["predicted_after"] == 3)
    elif settings.get("target") == "second":
        np.testing.assert_array_equal(a["success"], a["predicted_after"] == np.argsort(before)[:, -2])
    else:
        np.testing.assert_array_equal(a["success"], a["predicted_after"] != a["label"])
    if "epsilon" not in settings:
        assert a["success"].all()
    low, high = network.preprocess.limits(1)
    assert a["adversarial"].min() >= low
    assert a["adversarial"].max() <= high
    noise = (a["noisy"] - a["original"]).reshape(6, -1) / network.preprocess.span(1)
    np.testing.assert_allclose(np.linalg.norm(noise, axis=1), a["l2"], rtol=1e-3)


def test_the_sheet():
    session = Session()
    events = ask(session, count=5)
    progress = [e.done / e.total for e in events if isinstance(e, Progress)]
    sheets = [e for e in events if isinstance(e, Sheet)]
    assert progress == sorted(progress)
    assert len(progress) > 15
    assert len(sheets) > 1
    tiles, curves = sheets[-1].panels
    assert isinstance(tiles, Tiles)
    assert isinstance(curves, Curves)
    assert tiles.images.shape == (20, 28, 28, 1)
    assert tiles.images.dtype == np.uint8
    assert tiles.columns == 4 == len(tiles.column_labels)
    assert tiles.keys == tuple(np.repeat(sheets[-1].arrays["index"], 4))
    np.testing.assert_array_equal(tiles.images[0], session.data("digits")[tiles.keys[0]])
    assert tiles.captions[0].startswith(str(sheets[-1].arrays["label"][0]))
    assert "on 5 of 5 pictures, noise of the same norm on none; the median" in sheets[-1].summary
    adversarial, noise = curves.series.values()
    assert adversarial[0] == pytest.approx(noise[0], rel=1e-2)
    assert adversarial[-1] > 10 * noise[-1]


def test_given_pictures_are_attacked_instead(session):
    *_, sheet = ask(session, ("digits:3",), method="fgsm", control=False)
    assert sheet.panels[0].images.shape == (3, 28, 28, 1)
    assert sheet.panels[0].selects == ""
    np.testing.assert_array_equal(
        sheet.arrays["original"], session.network("lenet5").feed_pictures([session.data("digits")[3]])
    )
    assert "noisy" not in sheet.arrays


def test_each_class_has_its_turn(session, tmp_path):
    digits = session.data("digits")
    order = np.argsort(digits.labels[:200], kind="stable")
    np.savez(tmp_path / "sorted.npz", x=digits.batch(0, 200)[order], y=digits.labels[:200][order])
    *_, sheet = ask(session, count=5, data=str(tmp_path / "sorted.npz"), method="fgsm")
    assert len(set(sheet.arrays["label"])) == 5
    np.testing.assert_array_equal(digits.labels[:200][order][sheet.arrays["index"]], sheet.arrays["label"])


def test_the_data_follow_what_is_fed(session):
    settings = {"method": "fgsm", "control": False}
    *_, one = ask(session, ("digits:3",), **settings)
    *_, fed = ask(session, ("digits:3",), count=5, **settings)
    *_, data = ask(session, count=5, **settings)
    assert len(one.arrays["original"]) == 1
    others = [n for n, number in enumerate(data.arrays["index"]) if number != 3][:4]
    np.testing.assert_array_equal(fed.arrays["original"][:1], one.arrays["original"])
    np.testing.assert_array_equal(fed.arrays["original"][1:], data.arrays["original"][others])


def test_fewer_of_the_same_is_no_new_work(session):
    events = {count: ask(session, count=count, target="4") for count in (4, 2, 5)}
    progress = {count: [e for e in found if isinstance(e, Progress)] for count, found in events.items()}
    assert progress[4]
    assert not progress[2]
    assert progress[5]
    few, many = (events[count][-1].arrays for count in (2, 5))
    for name, array in few.items():
        np.testing.assert_allclose(array, many[name][:2], atol=1e-5)
    assert not [e for e in ask(session, count=5, target="4", amplify=7) if isinstance(e, Progress)]


def test_an_attack_that_was_given_up_begins_again(session):
    request = Request("failures", "lenet5", inputs=("digits:12",), data="digits", settings={"target": "second"})
    events = session.show(request)
    assert isinstance(next(events), Progress)
    events.close()
    *_, sheet = session.show(request)
    assert sheet.arrays["success"].tolist() == [True]


def test_one_change_for_all_pictures(session):
    """More pictures than are attacked together otherwise; where the box does not cut it, it is the same."""
    few, many = (ask(session, count=n, method="universal", epsilon=0.3)[-1].arrays for n in (20, 140))
    assert len(few["index"]) == 20
    change = (many["adversarial"] - many["original"]).reshape(140, -1) / 255
    inside = np.abs(many["original"].reshape(140, -1) / 255 - 0.5) < 0.2
    for pixel in np.flatnonzero(inside.sum(axis=0) > 1):
        assert np.ptp(change[inside[:, pixel], pixel]) < 1e-5
    assert many["linf"].max() <= 0.3 + 1e-6
    assert many["success"].mean() > 0.3 > (many["predicted_noisy"] != many["label"]).mean()


def test_as_sure_as_asked_for(session):
    *_, sheet = ask(session, count=3, confidence=0.9)
    after = session.network("lenet5").model.predict_on_batch(sheet.arrays["adversarial"])
    assert sheet.arrays["success"].all()
    np.testing.assert_allclose(after.max(axis=1), 0.9, atol=0.01)
    assert (after.argmax(axis=1) != sheet.arrays["label"]).all()
    assert sheet.panels[0].captions[2].endswith(("90%", "91%"))


# -- other inputs, answers and number types ---------------------------------------------------------------------------

RANDOM = np.random.default_rng(4)


def shown(model, samples, fed=(), **settings):
    """The last sheet for a network and a list of samples."""
    view = configure(Failures, settings)
    network = Network(model, mode="unit")
    described = describe(network)
    assert not obstacle(Failures, described)
    *_, sheet = view.run(scene_of(network, samples=fed, data=Given(samples)))
    return network, sheet


def rows(count, shape=(3,), **known):
    return [Numbers(RANDOM.normal(size=shape).astype(np.float32), name=f"row {n}", **known) for n in range(count)]


def linear(units=1, activation=None, shape=(3,), loss=None):
    x = keras.Input(shape)
    model = keras.Model(x, keras.layers.Dense(units, activation, name="answer")(keras.layers.Flatten()(x)))
    if loss:
        model.compile("sgd", loss)
    return model


@pytest.mark.parametrize(
    ("name", "units", "said"),
    [("price", 1, "moves price of"), (None, 1, "moves the answer of"), (None, 2, "moves answer 0 of")],
)
def test_what_is_moved_is_the_answer_unless_its_layer_was_given_a_name(name, units, said):
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(units, name=name)(x))
    model.compile("sgd", "mse")
    _, sheet = shown(model, rows(3), count=2, control=False)
    assert said in sheet.summary


def test_a_number_is_moved_by_the_distance_that_a_linear_network_has():
    """In standard deviations: change / |w * deviations|, at right angles to the level lines."""
    model, samples = linear(loss="mse"), rows(8)
    _, sheet = shown(model, samples, count=4, change=0.5, control=False)
    w, a = model.get_weights()[0][:, 0], sheet.arrays
    deviations = np.std([s.values for s in samples], axis=0)
    np.testing.assert_allclose(a["l2"], 0.5 / np.linalg.norm(w * deviations), rtol=5e-3)
    np.testing.assert_allclose(np.abs(model(a["adversarial"]) - model(a["original"])), 0.5, rtol=5e-3)
    assert a["success"].all()
    assert "moves answer" in sheet.summary
    table, before = sheet.panels[0], sheet.arrays["original"][0]
    change = sheet.arrays["adversarial"][0] - before
    np.testing.assert_allclose(table.values, np.stack([before, change, before + change], axis=1), rtol=1e-5)
    standard = (before - np.mean([s.values for s in samples], axis=0)) / deviations
    expected = np.stack([standard, change / deviations, standard + change / deviations], axis=1)
    np.testing.assert_allclose(table.colouring, expected, rtol=1e-4, atol=1e-5)
    *_, upwards = configure(Failures, {"target": "up", "change": 0.5}).run(
        scene_of(Network(model), data=Given(samples))
    )
    assert (upwards.arrays["predicted_after"] > upwards.arrays["predicted_before"]).all()


def test_the_nearest_of_several_labels_is_flipped():
    model, samples = linear(4, "sigmoid"), rows(6)
    network, sheet = shown(model, samples, count=6, control=False)
    w, b = model.get_weights()
    deviations = np.std([s.values for s in samples], axis=0)[:, None]
    logits = np.stack([s.values for s in samples]) @ w + b
    distances = np.abs(logits) / np.linalg.norm(w * deviations, axis=0)
    ranked = np.argsort(np.abs(logits), axis=1)[:, :3]
    nearest = np.take_along_axis(distances, ranked, axis=1).min(axis=1)
    np.testing.assert_allclose(sheet.arrays["l2"], nearest, rtol=2e-2)
    flipped = sheet.arrays["predicted_before"] != sheet.arrays["predicted_after"]
    assert flipped.any(axis=1).all()
    assert network.chosen_output.labels


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["two channels", "siamese", "sound", "sequence"])
def test_inputs_of_every_kind(kind, method):
    layers = keras.layers
    if kind == "sequence":
        model, samples = linear(3, "softmax", (6, 2)), rows(4, (6, 2))
    elif kind == "sound":
        x = keras.Input((1200, 1))
        model = keras.Model(x, layers.Dense(3, "softmax")(layers.GlobalAveragePooling1D()(layers.Conv1D(4, 9)(x))))
        samples = [Sound(RANDOM.uniform(-0.5, 0.5, 1200).astype(np.float32), name="s") for _ in range(3)]
    elif kind == "siamese":
        a, b = keras.Input((5, 5, 1), name="a"), keras.Input((5, 5, 1), name="b")
        tower = keras.Sequential([keras.Input((5, 5, 1)), layers.Flatten(), layers.Dense(4)])
        model = keras.Model([a, b], layers.Dense(1, "sigmoid")(layers.Subtract()([tower(a), tower(b)])))
        pictures = RANDOM.integers(60, 200, (6, 5, 5, 1), np.uint8)
        pairs = zip(pictures, pictures[::-1], strict=True)
        samples = [Several({"a": Picture(p), "b": Picture(q)}, name="pair") for p, q in pairs]
    else:
        model = linear(3, "softmax", (5, 5, 2))
        samples = [Picture(p, name="p") for p in RANDOM.integers(60, 200, (4, 5, 5, 2), np.uint8)]
    network, sheet = shown(model, samples, count=2, method=method)
    a = sheet.arrays
    assert a["success"][: 1 if method == "universal" else 2].all()  # made from the first, added to both
    fed = network.feed(samples[:2]) | {network.input: a["adversarial"]}
    arrays = [fed[name] for name in network.inputs]
    after = network.probabilities(np.asarray(model(arrays if len(arrays) > 1 else arrays[0])))
    np.testing.assert_array_equal(after.argmax(axis=1), a["predicted_after"])
    np.testing.assert_allclose(a["original"], network.feed(samples[:2])[network.input])
    if kind == "siamese":
        assert "Only a is changed; b stays as it is." in sheet.summary


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("policy", ["mixed_float16", "bfloat16", "float16", "float64", "float8"])
def test_number_types(policy, method):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32" if policy == "float8" else policy)
    try:
        model = linear(4, "softmax", (4, 4, 1))
    finally:
        keras.config.set_dtype_policy(before)
    if policy == "float8":
        model.layers[-1].quantize("float8")
    samples = [Picture(p, name="p") for p in RANDOM.integers(60, 200, (3, 4, 4, 1), np.uint8)]
    _, sheet = shown(model, samples, count=2, method=method)
    assert sheet.arrays["success"][: 1 if method == "universal" else 2].all()
    assert np.isfinite(sheet.arrays["l2"]).all()


def test_tokens_are_refused():
    layers = keras.layers
    x = keras.Input((9,))
    model = keras.Model(x, layers.Dense(2, "softmax")(layers.GlobalAveragePooling1D()(layers.Embedding(50, 3)(x))))
    assert "tokens, which cannot be changed a little" in obstacle(Failures, describe(Network(model)))


def test_what_has_no_gradient_is_refused():
    x = keras.Input((5, 5, 1))
    model = keras.Model(x, keras.layers.Dense(3, "softmax")(keras.layers.Flatten()(keras.ops.sign(x))))
    with pytest.raises(UserError, match="is not differentiable in its input"):
        shown(model, [Picture(np.full((5, 5, 1), 99, np.uint8), name="p")])


def test_options_are_the_chosen_methods_own():
    options = {o.name: o for o in options_of(Failures)}
    assert options["epsilon"].only[:2] == ("method", "fgsm")
    assert options["evaluations"].counts({"method": "lbfgs"})
    assert not options["evaluations"].counts({"method": "fgsm"})
    assert chosen_of(METHODS, "method", configure(Failures, {"method": "fgsm", "epsilon": "0.1"})).epsilon == 0.1


def test_amplification_is_told_and_grey_is_nothing(session):
    *_, sheet = ask(session, count=2, method="fgsm", epsilon=0.1, amplify=3)
    tiles = sheet.panels[0]
    assert tiles.title == "Failure cases (change × 3)"
    signs = (sheet.arrays["adversarial"] - sheet.arrays["original"])[0] / 255
    np.testing.assert_allclose(tiles.images[1], np.clip(127.5 + 255 * 3 * signs, 0, 255), atol=1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"target": "eleven"}, "target=eleven"), ({"target": "12"}, "one of 0, 1"), ({"data": "fashion"}, "T-shirt/top")],
)
def test_refused_in_one_sentence(session, settings, words):
    with pytest.raises(UserError, match=words):
        ask(session, **settings)


@pytest.fixture
def mislabelled(session, tmp_path):
    """Five digits each of which is said to be the next one."""
    path, digits = tmp_path / "mislabelled.npz", session.data("digits")
    np.savez(path, x=digits.batch(0, 5), y=(digits.labels[:5] + 1) % 10)
    return str(path)


@pytest.mark.parametrize("target", ["any", "second", "5"])
def test_an_answer_that_was_wrong_before_is_changed_to_another(session, mislabelled, target):
    """Whichever class is right: the attack leaves what the network answers."""
    model = session.network("lenet5").model
    *_, sheet = ask(session, (f"{mislabelled}:0",), target=target)
    a = sheet.arrays
    before, after = (model.predict_on_batch(a[key]) for key in ("original", "adversarial"))
    own, label = int(before.argmax()), session.data("digits").labels[0]
    assert own == label == a["predicted_before"][0]
    assert a["label"][0] == (label + 1) % 10
    assert int(after.argmax()) == {"any": int(after.argmax()), "second": int(np.argsort(before[0])[-2]), "5": 5}[target]
    assert int(after.argmax()) != own
    assert a["success"].all()
    assert f"wrong before: it took this {(label + 1) % 10} for a {own}" in sheet.summary
    assert sheet.panels[0].captions[0].endswith(f", is {(label + 1) % 10}")


def test_rates_count_right_answers_alone(session, mislabelled):
    *_, sheet = ask(session, (f"{mislabelled}:0", "digits:3"), count=4, data="digits", method="fgsm")
    assert "on 3 of 3 pictures" in sheet.summary
    assert "taken for" not in sheet.summary
    assert "lenet5 was wrong before" in sheet.summary


def test_nothing_right_in_the_data_leaves_nothing_to_fool(session, mislabelled):
    with pytest.raises(UserError, match=r"gets nothing of mislabelled\.npz right, .* another picture"):
        ask(session, data=mislabelled)


def test_a_picture_that_is_the_target_is_refused(session, mislabelled):
    label = str(session.data("digits").labels[0])
    for source in ("digits", mislabelled):
        with pytest.raises(UserError, match=rf":0 for the target {label} already: choose another target"):
            ask(session, (f"{source}:0",), target=label)


@pytest.mark.parametrize(("count", "said"), [(4, False), (6, True)])
def test_rows_that_are_not_shown_are_said(count, said):
    samples = rows(count)
    _, sheet = shown(linear(), samples, count=count)
    assert ("The first 4 are shown." in sheet.summary) == said
    assert sum(isinstance(panel, Matrix) for panel in sheet.panels) == 4


def test_one_picture_is_told_by_what_it_is_taken_for(session):
    *_, sheet = ask(session, ("digits:3",), method="fgsm")
    label, after, noisy = (int(sheet.arrays[key][0]) for key in ("label", "predicted_after", "predicted_noisy"))
    assert sheet.summary.startswith(f"lenet5 takes this {label} for {article(str(after))} after a change of L2 norm ")
    assert f"norm {sheet.arrays['l2'][0]:.3g} (pixels 0 to 1) by the fast gradient sign method" in sheet.summary
    assert ("noise of the same norm changes nothing" in sheet.summary) == (noisy == label)


def test_of_one_picture_without_a_label_the_answer_is_not_called_true(session):
    *_, sheet = ask(session, ("digits/unlabelled:3",), "digits/unlabelled", method="fgsm")
    assert sheet.summary.startswith("lenet5 no longer takes this for a")


def test_a_change_to_the_right_class_makes_the_answer_right(session, mislabelled):
    true = (int(session.data("digits").labels[0]) + 1) % 10
    *_, sheet = ask(session, (f"{mislabelled}:0",), target=str(true))
    assert sheet.summary.startswith(f"lenet5 gets this {true} right after a change of L2 norm ")


def test_classes_without_names_are_called_class():
    model = linear(3, "softmax")
    sample = rows(1, target=0)
    _, sheet = shown(model, sample, fed=sample)
    before, after = (int(np.argmax(model(sheet.arrays[key]))) for key in ("original", "adversarial"))
    told = "gets this one of class 0 right" if after == 0 else f"takes this one of class 0 for class {after} "
    assert told in sheet.summary
    assert ("wrong before" in sheet.summary) == (before != 0)


def test_lbfgs_leaves_a_picture_of_one_colour():
    """The numbers in each max-pooling are tied there, and the gradient at it leads to nothing better."""
    keras.utils.set_random_seed(0)
    stack = [keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.MaxPooling2D(2)]
    stack += [keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.GlobalMaxPooling2D()]
    model = keras.Sequential([keras.Input((12, 12, 3)), *stack, keras.layers.Dense(3, "softmax", name="answer")])
    red = Picture(np.tile(np.uint8([255, 0, 0]), (12, 12, 1)))
    _, sheet = shown(model, [red], count=1)
    before, after = (model.predict_on_batch(sheet.arrays[key]).argmax() for key in ("original", "adversarial"))
    assert before != after


@pytest.mark.parametrize("branches", [1, 2])
def test_layers_of_parallel_branches_are_not_joined_by_a_line(branches):
    pixels = keras.Input((8, 8, 1), name="pixels")
    stem = keras.layers.Conv2D(2, 3, name="stem")(pixels)
    ways = [keras.layers.Conv2D(2, 3, name=f"way{n}")(stem) for n in range(branches)]
    merged = keras.layers.Concatenate()(ways) if branches > 1 else ways[0]
    answer = keras.layers.Dense(2, "softmax", name="answer")(keras.layers.Flatten()(merged))
    network = Network(keras.Model(pixels, answer), "net")
    changes = LayerChanges(Objective(network, network.inputs["pixels"], np.zeros((2, 8, 8, 1), np.float32)))
    assert changes.layers == ("pixels", "stem", *(f"way{n}" for n in range(branches)), "answer")
    assert changes.form_a_chain == (branches == 1)
