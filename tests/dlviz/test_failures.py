"""The view of failure cases, on the shipped LeNet-5."""

import numpy as np
import pytest

from dlviz.jobs import Request
from dlviz.session import Session
from dlviz.sheet import Bars, Curves, Progress, Sheet, Tiles
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


def test_the_sheet(session):
    events = ask(session, count=5)
    progress = [e.done / e.total for e in events if isinstance(e, Progress)]
    sheets = [e for e in events if isinstance(e, Sheet)]
    assert progress == sorted(progress)
    assert len(progress) > 50
    assert len(sheets) > 1
    tiles, bars, curves = sheets[-1].panels
    assert isinstance(tiles, Tiles)
    assert isinstance(bars, Bars)
    assert isinstance(curves, Curves)
    assert tiles.images.shape == (20, 28, 28, 1)
    assert tiles.images.dtype == np.uint8
    assert tiles.columns == 4 == len(tiles.column_labels)
    assert tiles.keys == tuple(np.repeat(sheets[-1].arrays["index"], 4))
    np.testing.assert_array_equal(tiles.images[0], session.data("digits")[tiles.keys[0]])
    assert tiles.captions[0].startswith(str(sheets[-1].arrays["label"][0]))
    assert bars.values[0] == 1
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


def test_amplification_is_told_and_grey_is_nothing(session):
    *_, sheet = ask(session, count=2, method="fgsm", epsilon=0.1, amplify=3)
    tiles = sheet.panels[0]
    assert tiles.title == "Failure cases (difference × 3)"
    signs = (sheet.arrays["adversarial"] - sheet.arrays["original"])[0] / 255
    np.testing.assert_allclose(tiles.images[1], np.clip(127.5 + 255 * 3 * signs, 0, 255), atol=1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"target": "eleven"}, "target=eleven"), ({"target": "12"}, "0 to 9"), ({"data": "fashion"}, "T-shirt/top")],
)
def test_refused_in_one_sentence(session, settings, words):
    with pytest.raises(UserError, match=words):
        ask(session, **settings)


def test_a_picture_that_is_wrong_already_is_refused(session, tmp_path):
    path, digits = tmp_path / "mislabelled.npz", session.data("digits")
    np.savez(path, x=digits.batch(0, 5), y=(digits.labels[:5] + 1) % 10)
    with pytest.raises(UserError, match="another picture"):
        ask(session, (f"{path}:0",))
