"""The view of failure cases, on the shipped LeNet-5."""

import numpy as np
import pytest

from dlviz.attacks import METHODS
from dlviz.grammar import article
from dlviz.jobs import Request
from dlviz.options import chosen_of, configure, options_of
from dlviz.progress import Progress
from dlviz.session import Session
from dlviz.sheet import Curves, Sheet, Tiles
from dlviz.views.failures import Failures
from dlviz_models.errors import UserError


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


def test_changes_that_rounding_takes_back_are_counted(session):
    *_, sheet = ask(session, count=6)
    a, network = sheet.arrays, session.network("lenet5")
    low, span = network.preprocess.limits(1)[0], network.preprocess.span(1)
    in_bytes = np.rint((a["adversarial"] - low) / span * 255).astype(np.uint8)
    lost = (network.predict(low + span * (in_bytes / np.float32(255))).argmax(axis=1) == a["label"]).sum()
    assert lost
    assert f"as in a file, {lost} of 6 no longer do" in sheet.summary
    assert "Rounded" not in ask(session, count=6, confidence=0.9)[-1].summary


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


def test_each_change_has_a_gain_of_its_own_that_is_told_under_it(session):
    """So that most of every change is grey neither by its size nor by that of others, and 1% is clipped at most."""
    *_, sheet = ask(session, count=5, method="fgsm")
    tiles, changes = sheet.panels[0], (sheet.arrays["adversarial"] - sheet.arrays["original"]) / 255
    assert tiles.title == "Failure cases (change magnified)"
    told = [tiles.captions[1 + row * tiles.columns].split(", × ") for row in range(5)]
    gains = [float(gain) for _, gain in told]
    assert len(set(gains)) > 1
    for row, (change, gain) in enumerate(zip(changes, gains, strict=True)):
        shown = np.clip(127.5 + 255 * gain * change, 0, 255)
        np.testing.assert_allclose(tiles.images[1 + row * tiles.columns], shown, atol=1)
        assert 0.3 < gain * np.quantile(np.abs(change), 0.99) < 0.8
    np.testing.assert_allclose([float(l2.removeprefix("L2 ")) for l2, _ in told], sheet.arrays["l2"], rtol=0.06)


def test_of_one_case_the_gain_is_in_the_title(session):
    *_, sheet = ask(session, inputs=("digits:7",), method="fgsm")
    assert "change × " in sheet.panels[0].title
    assert "×" not in sheet.panels[0].captions[1]


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
