"""Changes made for one network and shown to another, on linear networks whose borders are known."""

import keras
import numpy as np
import pytest

from dlviz.cli.requests import read_command
from dlviz.jobs import Request
from dlviz.network import Network
from dlviz.options import configure
from dlviz.request_text import command, python
from dlviz.session import Session
from dlviz.sheet import Curves, Tiles
from dlviz.view import Scene
from dlviz.views.transfer import TIMES, Transfer
from dlviz_models.data.samples import Picture
from dlviz_models.errors import UserError
from tests.scenes import Given

RANDOM = np.random.default_rng(2)
PICTURES = [Picture(p, name=f"p{n}") for n, p in enumerate(RANDOM.integers(110, 140, (12, 4, 4, 1), np.uint8))]


def linear(w, mode="unit"):
    """A sigmoid unit whose border goes through grey, in a network called after what its pixels are."""
    x = keras.Input((4, 4, 1))
    model = keras.Model(x, keras.layers.Dense(1, "sigmoid")(keras.layers.Flatten()(x)))
    span, low = (1, 0) if mode == "unit" else (2, -1)
    model.set_weights([w[:, None] / span, np.float32([-w.sum() / 2 - (w / span * low).sum()])])
    return Network(model, mode, mode=mode)


def shown(first, second, **settings):
    scene = Scene({"network": first, "data": Given(PICTURES), "other": second})
    *_, sheet = configure(Transfer, {"count": 12, **settings}).run(scene)
    return sheet


@pytest.mark.parametrize("method", ["deepfool", "fgsm"])
def test_a_network_with_the_same_border_is_fooled_by_the_same_changes(method):
    """However its pixels are fed."""
    w = RANDOM.normal(size=16).astype(np.float32)
    sheet = shown(linear(w), linear(w, "tf"), method=method)
    a = sheet.arrays
    assert a["network"].tolist() == ["unit", "tf", "tf, noise"]
    np.testing.assert_array_equal(a["fooled"][0], TIMES >= 1)
    beside = TIMES != 1  # at the border rounding decides
    np.testing.assert_array_equal(a["fooled"][1][beside], a["fooled"][0][beside])
    assert isinstance(sheet.panels[0], Curves)
    assert isinstance(sheet.panels[1], Tiles)


def test_a_network_that_looks_elsewhere_is_not_fooled():
    w = RANDOM.normal(size=16).astype(np.float32)
    upper, lower = w * (np.arange(16) < 8), w * (np.arange(16) >= 8)
    a = shown(linear(upper), linear(lower), method="deepfool").arrays
    np.testing.assert_array_equal(a["fooled"][0], TIMES >= 1)
    assert not a["fooled"][1].any()


def test_a_second_network_is_asked_for():
    with pytest.raises(UserError, match="second network"):
        list(Session().show(Request("transfer", "lenet5")))
    with pytest.raises(UserError, match=r"tones takes sounds"):
        list(Session().show(Request("transfer", "lenet5", other="tones")))


def test_a_network_of_other_classes_is_refused():
    with pytest.raises(UserError, match=r"alexnet32 distinguishes other classes \(airplane, .* than lenet5 \(0, 1, 2"):
        list(Session().show(Request("transfer", "lenet5", other="alexnet32", data="digits")))


def test_the_second_network_is_kept_in_the_command():
    request = Request("transfer", "lenet5", other="dbn")
    assert command(request) == "dlviz show transfer lenet5 --other dbn"
    assert read_command(command(request)) == request
    assert 'other="dbn"' in python(request)
