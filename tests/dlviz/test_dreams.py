"""Dreams, read by another network; in a net so small that its distribution is known."""

import keras
import numpy as np
import pytest

from dlviz.api import open_model, show
from dlviz.applies import obstacle
from dlviz.jobs import Request
from dlviz.session import Session, describe
from dlviz.sheet import Sheet
from dlviz.views import view
from dlviz_models.errors import UserError
from dlviz_models.layers.rbm import RBM
from dlviz_models.networks.dbn import DBN


def test_another_network_reads_each_row_as_its_class() -> None:
    sheet = show("dreams", "dbn", count=6)
    dreams = sheet.arrays["dreams"]
    assert dreams.shape == (10, 6, 28, 28, 1)
    (tiles,) = sheet.panels
    assert tiles.row_labels == tuple("0123456789")
    assert np.abs(tiles.images / 255 - dreams.reshape(60, 28, 28, 1)).max() <= 0.5 / 255 + 1e-6
    reader = open_model("lenet5").model
    read = np.asarray(reader(255 * dreams.reshape(60, 28, 28, 1))).argmax(axis=1)
    assert np.mean(read == np.repeat(range(10), 6)) > 0.6


def test_a_net_that_ties_a_class_to_a_pixel_dreams_that_pixel() -> None:
    """One hidden unit for each class, tied to its pixel: clamped to a class, that pixel alone is on."""
    model = DBN((1, 2, 1), hidden=(2,), classes=2)
    rbm = model.get_layer("rbm1")
    joint = [np.zeros(w.shape, np.float32) for w in rbm.joint]
    joint[0][:2], joint[0][2:] = 40 * np.eye(2), 40 * np.eye(2)
    joint[1][:], joint[2][:2] = -20, -20
    for variable, value in zip(rbm.joint, joint, strict=True):
        variable.assign(value)
    for number in (0, 1):
        dreams = show("dreams", model, target=str(number), count=5, steps=20).arrays["dreams"]
        assert dreams.reshape(5, 2).round(3).tolist() == 5 * [np.eye(2)[number].tolist()]


def test_other_seeds_dream_otherwise() -> None:
    first, again, other = (
        show("dreams", "dbn", target="2", count=2, steps=5, seed=s).arrays["dreams"] for s in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_its_frames_are_moments_of_one_chain() -> None:
    """A chain that is longer has been where a shorter one stands."""
    request = Request("dreams", "dbn", settings={"only": "2", "count": 2, "steps": 23})
    frames = [found for found in Session().show(request) if isinstance(found, Sheet)]
    assert [frame.steps for frame in frames] == [len(frames)] * 12
    for frame, steps in ((frames[0], 1), (frames[1], 3), (frames[-1], 23)):
        shorter = show("dreams", "dbn", target="2", count=2, steps=steps)
        np.testing.assert_array_equal(frame.arrays["dreams"], shorter.arrays["dreams"])
        assert frame.summary == shorter.summary


def test_what_has_no_dreams_is_told_in_a_sentence() -> None:
    lenet = describe(open_model("lenet5"))
    assert obstacle(view("dreams"), lenet) == (
        "lenet5 has no restricted Boltzmann machines, and dreams is for deep belief nets."
    )
    with pytest.raises(UserError, match="Unknown class eleven: choose one of 0, 1, 2"):
        show("dreams", "dbn", target="eleven")


def test_a_machine_without_classes_is_told_in_a_sentence() -> None:
    x = keras.Input((2, 2, 1))
    hidden = RBM(3, name="rbm1")(keras.layers.Flatten()(x))
    model = keras.Model(x, keras.layers.Dense(2, "softmax")(hidden), name="net")
    with pytest.raises(UserError, match="The top layer of net was trained without classes"):
        show("dreams", model)
