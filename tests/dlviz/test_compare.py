"""Two networks compared: CKA by its formula, structure and weights told apart, views side by side."""

import keras
import numpy as np
import pytest

import dlviz
from dlviz.__main__ import main
from dlviz.analysis.differences import differences
from dlviz.analysis.similarity import centred_products, linear_cka
from dlviz.jobs import Request
from dlviz.layout.side_by_side import side_by_side
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.session import Session
from dlviz.sheet import Bars, Image, Matrix, Tiles
from dlviz_models.data.samples import ListedSamples, Numbers
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(300, 6)).astype(np.float32)
DATA = ListedSamples("given", "numbers", [Numbers(x) for x in X])


def linear(matrix, name="made"):
    """A network whose only layer multiplies by a matrix (6, units)."""
    x = keras.Input((6,))
    model = keras.Model(x, keras.layers.Dense(matrix.shape[1], use_bias=False, name="times")(x))
    model.set_weights([matrix.astype(np.float32)])
    return Network(model, name)


def cka(one, other, data=DATA):
    generator = linear_cka((one, ["times"]), (other, ["times"]), data)
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value.item()


def test_a_rotated_copy_is_alike_and_independent_features_are_not():
    wide = RANDOM.normal(size=(6, 6)) * [5, 4, 3, 1, 1, 1]
    rotation, _ = np.linalg.qr(RANDOM.normal(size=(6, 6)))
    assert cka(linear(wide), linear(2 * wide @ rotation)) == pytest.approx(1, abs=1e-5)
    upper, lower = np.eye(6)[:, :3], np.eye(6)[:, 3:]  # of independent numbers
    assert abs(cka(linear(upper), linear(lower))) < 0.1


def test_minibatches_agree_with_the_formula_on_all_samples():
    """Kornblith et al., equation 4: a biased estimate, whose bias goes as the samples become many."""
    a, b, many = RANDOM.normal(size=(6, 4)), RANDOM.normal(size=(6, 3)), RANDOM.normal(size=(3000, 6))
    centred = many - many.mean(axis=0)
    y, z = centred @ a, centred @ b
    expected = np.linalg.norm(y.T @ z) ** 2 / (np.linalg.norm(y.T @ y) * np.linalg.norm(z.T @ z))
    data = ListedSamples("many", "numbers", [Numbers(x.astype(np.float32)) for x in many])
    assert cka(linear(a), linear(b), data) == pytest.approx(expected, abs=0.01)


def test_centred_products_give_the_unbiased_estimate():
    """Nguyen et al., equation 3, term by term."""
    x, y = RANDOM.normal(size=(9, 3)), RANDOM.normal(size=(9, 2))
    n, one = 9, np.ones(9)
    k, m = (z @ z.T - np.diag((z**2).sum(axis=1)) for z in (x, y))
    expected = (
        np.trace(k @ m) + (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * one @ k @ m @ one
    )
    np.testing.assert_allclose((centred_products(x) * centred_products(y)).sum(), expected, rtol=1e-9)


def test_a_layer_that_answers_all_samples_alike_has_no_cka():
    assert np.isnan(cka(linear(np.zeros((6, 2))), linear(np.eye(6))))
    with pytest.raises(UserError, match="given has 3 samples, too few"):
        cka(linear(np.eye(6)), linear(np.eye(6)), DATA.select(np.arange(3)))


def test_structure_and_weights_are_told_apart():
    def network(units, kernel, activation="relu", extra=False):
        x = y = keras.Input((8, 8, 1), name="pixels")
        y = keras.layers.Conv2D(units, 3, name="conv")(y)
        y = keras.layers.Activation(activation, name="bend")(y) if activation else keras.layers.ReLU(name="bend")(y)
        y = keras.layers.Flatten(name="flat")(keras.layers.Dropout(0.5, name="drop")(y) if extra else y)
        model = keras.Model(x, keras.layers.Dense(2, name="scores")(y))
        model.get_layer("conv").set_weights([np.full((3, 3, 1, units), kernel), np.zeros(units)])
        return Network(model)

    first = network(4, 2.0)
    same = differences(first, first)
    assert (same.structure, set(same.changes.values())) == ((), {0.0})
    moved = differences(first, network(4, 2.5))
    assert moved.structure == ()
    assert moved.changes["conv"] == pytest.approx(0.25)
    other = differences(first, network(5, 2.0, activation="", extra=True))
    assert other.changes == {}
    assert other.structure == (
        "conv: weights 3×3×1×4, 3×3×1×5",
        "bend: Activation, ReLU",
        "flat: outputs 144, 180",
        "scores: weights 144×2, 180×2",
        "drop: Dropout in the second alone",
    )


def test_a_network_is_like_itself():
    sheet = dlviz.show("compare", "lenet5", other="lenet5", data="digits", samples_used=60)
    [matrix] = sheet.panels
    assert isinstance(matrix, Matrix)
    np.testing.assert_allclose(sheet.arrays["cka"].diagonal(), 1)
    np.testing.assert_allclose(sheet.arrays["cka"], sheet.arrays["cka"].T)
    assert not sheet.arrays["change"].any()
    assert "right. Both are built alike. Their weights are the same." in sheet.summary
    assert sheet.title == "lenet5 · compare · lenet5 (2)"


def test_which_is_right_more_often_is_told():
    """As the view of mistakes has it."""
    data = {"data": "digits", "limit": 60}
    share = [float(dlviz.show("mistakes", name, **data).arrays["accuracy"]) for name in ("lenet5", "dbn")]
    sheet = dlviz.show("compare", "lenet5", other="dbn", **data)
    np.testing.assert_allclose(sheet.arrays["accuracy"], share)
    assert "of 60 samples of digits right" in sheet.summary
    assert "accuracy" not in dlviz.show("compare", "lenet5", other="dbn", data="fashion", limit=60).arrays


def test_a_second_network_is_needed(capsys):
    with pytest.raises(UserError, match="compare needs a second network"):
        dlviz.show("compare", "lenet5", data="digits")
    with pytest.raises(UserError, match="Give two networks"):
        dlviz.compare("lenet5")
    assert main(["compare", "lenet5", "--out", "a.png"]) == 2
    assert "name a second network" in capsys.readouterr().err


def test_any_view_stands_side_by_side(tmp_path):
    words = ["compare", "lenet5", "dbn", "--view", "predictions", "--input", "digits:7"]
    assert main([*words, "--out", str(tmp_path / "a.npz")]) == 0
    alone = dlviz.show("predictions", "dbn", input="digits:7").arrays["probabilities"]
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_allclose(arrays["dbn:probabilities"], alone, rtol=1e-5)
    sheets = [dlviz.show("activations", "lenet5", layer=layer, input="digits:7") for layer in ("conv1", "conv2")]
    both = side_by_side(sheets)
    assert [type(panel) for panel in both.panels] == [Image, Tiles, Tiles]
    assert [panel.title for panel in both.panels[1:]] == ["lenet5 (1)", "lenet5 (2)"]
    assert [panel.role for panel in both.panels] == ["beside", "main", "main"]


def test_a_second_network_stands_beside_the_first_in_any_view():
    request = Request("predictions", "lenet5", inputs=("digits:7",), other="dbn")
    *progress, sheet = Session().show(request)
    assert all(isinstance(value, Progress) and value.done <= value.total for value in progress)
    alone = dlviz.show("predictions", "dbn", input="digits:7")
    np.testing.assert_allclose(sheet.arrays["dbn:probabilities"], alone.arrays["probabilities"], rtol=1e-5)
    mains = [panel.title.partition(":")[0] for panel in sheet.panels if panel.role == "main"]
    assert mains == ["lenet5", "dbn"]
    assert "--other dbn" in sheet.request
    both = dlviz.show("saliency", "lenet5", input="digits:7", method="integrated", other="lenet5")
    assert [panel.title[:10] for panel in both.panels] == ["lenet5 (1)", "lenet5 (2)"] * 2  # what is alike, together
    with pytest.raises(UserError, match="dbn"):
        dlviz.show("activations", "lenet5", layer="conv2", other="dbn")


def test_an_epoch_is_compared_with_another(tmp_path):
    dlviz.train("logistic", "digits", tmp_path / "net.keras", epochs=2, limit=100, keep_epochs=tmp_path / "run")
    sheet = dlviz.compare(tmp_path / "run/epoch_001.keras", tmp_path / "run", data="digits", samples_used=50)
    assert sheet.title == "run, epoch 1 · compare · run, epoch 2"
    before, after = (Session().network(tmp_path / "run", epoch=n).model.get_weights() for n in (1, 2))
    moved = np.sqrt(sum(((a - b) ** 2).sum() for a, b in zip(before, after, strict=True)))
    assert isinstance(sheet.panels[1], Bars)
    assert sheet.arrays["change"][0] == pytest.approx(moved / np.sqrt(sum((b**2).sum() for b in before)), rel=1e-4)
