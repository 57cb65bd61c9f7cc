"""What every view says of how a network is fed, and of what is broken in it."""

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

import dlviz
from dlviz.network import Network
from dlviz.preprocessing.infer import UNTOLD
from dlviz.session import Session
from dlviz_models.cards import Card, write_card
from dlviz_models.data import open_pictures
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)


def bright(low, high):
    """A network that tells black, grey and white pictures apart between `low` and `high`."""
    centres = np.linspace(low, high, 3)
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax", name="class")]
    )
    sharpness = 40 / (high - low) ** 2
    model.layers[-1].set_weights([2 * sharpness * centres[None], -sharpness * centres**2])  # -|x - centre|^2
    return model


@pytest.fixture
def labelled(tmp_path):
    """Pictures of three classes that differ in brightness, as a file."""
    y = np.arange(45) % 3
    x = np.clip(y[:, None, None] * 110 + RANDOM.integers(0, 30, (45, 8, 8)), 0, 255).astype(np.uint8)
    np.savez(tmp_path / "shades.npz", x=x, y=y)
    return str(tmp_path / "shades.npz")


@pytest.mark.parametrize(("low", "high", "mode"), [(0, 1, "unit"), (-1, 1, "tf"), (0, 255, "none")])
def test_labelled_pictures_decide_where_the_network_does_not_tell(labelled, low, high, mode):
    mistakes = dlviz.show("mistakes", bright(low, high), data=labelled)
    assert f"Preprocessing is {mode}: of 45 labelled pictures" in mistakes.note
    assert mistakes.arrays["accuracy"] == 1
    one = dlviz.show("predictions", bright(low, high), input=f"{labelled}:2")
    assert f"Preprocessing is {mode}: of 45 labelled pictures" in one.note
    assert one.arrays["probabilities"].argmax() == 2


def test_a_limit_that_leaves_classes_out_is_told(tmp_path, labelled):
    """Data sorted by class; of those that stand mixed every class is seen."""
    with np.load(labelled) as data:
        order = np.argsort(data["y"], kind="stable")
        np.savez(tmp_path / "sorted.npz", x=data["x"][order], y=data["y"][order])
    told = "The first 20 of 45 are of 2 of the 3 classes (--balanced takes as many of each)."
    assert told in dlviz.show("mistakes", bright(0, 1), data=str(tmp_path / "sorted.npz"), limit=20).note
    assert "classes" not in dlviz.show("mistakes", bright(0, 1), data=labelled, limit=20).note
    assert "classes" not in dlviz.show("mistakes", bright(0, 1), data=str(tmp_path / "sorted.npz")).note
    balanced = dlviz.show("mistakes", bright(0, 1), data=str(tmp_path / "sorted.npz"), limit=20, balanced=True)
    assert sorted(balanced.arrays["confusion"].sum(axis=1)) == [6, 7, 7]
    assert "classes" not in balanced.note


def test_what_was_asked_for_stands(labelled):
    sheet = dlviz.show("mistakes", bright(-1, 1), data=labelled, preprocess="unit")
    assert "Preprocessing is unit, as asked for." in sheet.note


def test_pictures_that_do_not_decide_change_nothing(labelled):
    keras.utils.set_random_seed(0)
    model = bright(0, 1)
    model.layers[-1].set_weights([np.zeros((1, 3)), np.zeros(3)])
    assert "nothing in the network says so" in dlviz.show("mistakes", model, data=labelled).note


@pytest.fixture
def wide(tmp_path):
    """A picture twice as wide as high, its left fifth white."""
    pixels = np.zeros((20, 40), np.uint8)
    pixels[:, :8] = 255
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    return str(tmp_path / "wide.png")


@pytest.mark.parametrize(
    ("fit", "white", "says"),
    [("cover", 0.0, "the centre cut out"), ("stretch", 0.2, "stretched to the input's"), ("contain", 0.1, "borders")],
)
def test_another_size_is_fitted_as_asked_for_or_as_the_card_says(wide, fit, white, says):
    sheet = dlviz.show("predictions", bright(0, 1), input=wide, preprocess="unit", fit=fit)
    assert sheet.arrays["input"].mean() == pytest.approx(white, abs=0.03)
    assert "The picture of 40 × 20 pixels is " in sheet.note
    assert says in sheet.note
    carded = Network(bright(0, 1), card=Card(preprocess="unit", fit=fit))
    assert dlviz.show("predictions", carded, input=wide).arrays["input"].mean() == pytest.approx(white, abs=0.03)


@pytest.mark.parametrize("side", [1, 2, 3])
def test_a_picture_that_is_enlarged_four_times_or_more_is_said(tmp_path, side):
    Image.new("L", (side, side), 200).save(tmp_path / "dot.png")
    note = dlviz.show("predictions", bright(0, 1), input=str(tmp_path / "dot.png")).note
    assert (f"enlarged from {side} × {side} pixels" in note) == (side <= 2)


@pytest.mark.parametrize(("mode", "side", "says"), [
    ("L", 8, ""), ("L", 40, "reduced from 40 × 40 to 8 × 8 pixels"), ("RGB", 8, "without its colours"),
    ("RGB", 40, "reduced from 40 × 40 to 8 × 8 pixels and without its colours"),
])  # fmt: skip
def test_what_a_network_does_not_see_of_a_picture_is_said(tmp_path, mode, side, says):
    Image.new(mode, (side, side)).save(tmp_path / "picture.png")
    given = keras.Input((8, 8, 1))
    model = keras.Model(given, keras.layers.Dense(3, "softmax")(keras.layers.Flatten()(given)))
    note = dlviz.show("predictions", model, input=str(tmp_path / "picture.png")).note
    assert (f"The network sees the picture {says}." in note) if says else ("sees the picture" not in note)


def test_another_fit_is_refused(wide):
    with pytest.raises(UserError, match="--fit fill is unknown"):
        dlviz.show("predictions", bright(0, 1), input=wide, fit="fill")


@pytest.mark.parametrize("view", ["predictions", "filters", "activations", "architecture"])
def test_every_view_names_the_weights_that_are_nan(view):
    model = bright(0, 1)
    model.layers[-1].bias.assign([0, np.nan, 0])
    sheet = dlviz.show(view, model, layer="class")
    assert "Its output is meaningless: layer class's bias holds NaN in 1 of 3 entries." in sheet.summary


@pytest.mark.parametrize("view", ["patches", "mistakes"])
def test_what_compares_answers_is_refused_for_weights_that_are_nan(view, labelled):
    model = bright(0, 1)
    model.layers[-1].bias.assign([0, np.nan, 0])
    with pytest.raises(UserError, match="layer class's bias holds NaN in 1 of 3 entries"):
        dlviz.show(view, model, layer="class", data=labelled)


@pytest.fixture
def photographed(tmp_path):
    """A digit of MNIST as one draws it on paper."""
    digit = Image.fromarray(255 - open_pictures("digits")[0][..., 0])
    paper = Image.new("L", (300, 200), 255)
    paper.paste(digit.resize((84, 84)), (190, 100))
    paper.save(tmp_path / "paper.png")
    return str(tmp_path / "paper.png")


def test_a_picture_unlike_the_data_is_said_and_can_be_made_like_them(photographed):
    label = open_pictures("digits").labels[0]
    plain = dlviz.show("predictions", "lenet5", input=photographed)
    assert "Your picture is light where those of digits are dark" in plain.summary
    alike = dlviz.show("predictions", "lenet5", input=photographed, like_data=True)
    assert "Your picture" not in alike.summary
    assert alike.arrays["probabilities"].argmax() == label
    assert "Your picture" not in dlviz.show("predictions", "lenet5", input="digits:0").summary


def test_the_window_hears_what_labelled_pictures_tell(labelled, tmp_path):
    bright(-1, 1).save(tmp_path / "net.keras")
    session = Session()
    described = session.describe(str(tmp_path / "net.keras"), data=labelled)
    assert described.preprocess_note.startswith("tf: of 45 labelled pictures")
    assert session.describe(str(tmp_path / "net.keras"), data="no such source").preprocess_note == UNTOLD


@pytest.mark.parametrize(("channels", "said"), [(4, "that of the first three"), (2, "mean of both"), (3, ""), (1, "")])
def test_more_channels_than_are_seen_are_said(channels, said, tmp_path):
    np.savez(tmp_path / "x.npz", x=RANDOM.integers(0, 256, (6, 8, 8, channels)).astype(np.uint8))
    model = keras.Sequential([keras.Input((8, 8, channels)), layers.Conv2D(2, 3, name="conv"), layers.Flatten()])
    note = dlviz.show("patches", model, layer="conv", data=str(tmp_path / "x.npz"), per_unit=2).note
    assert (said in note) if said else ("channels" not in note)


def test_what_was_turned_by_hand_while_it_was_trained_is_said(tmp_path):
    bright(0, 1).save(tmp_path / "turned.keras")
    write_card(tmp_path / "turned.keras", Card(turned="batch=32 from step 40 (epoch 1.60)"))
    sheet = dlviz.show("architecture", tmp_path / "turned.keras")
    assert "turned by hand: batch=32 from step 40 (epoch 1.60)." in sheet.note


# -- what is not in the vocabulary ------------------------------------------------------------------------------------


def reviews() -> keras.Model:
    """A network that splits texts itself and knows two words."""
    x = keras.Input((1,), dtype="string", name="review")
    splitter = layers.TextVectorization(vocabulary=["good", "film"], name="split")
    summed = layers.GlobalAveragePooling1D()(layers.Embedding(4, 2)(splitter(x)))
    return keras.Model(x, layers.Dense(2, "softmax", name="out")(summed), name="reviews")


@pytest.mark.parametrize(
    ("network", "given", "told"),
    [
        ("sums", "text:½+1", "sums does not know “½” and reads it as unknown."),
        ("sums", "text:a+b+a", "sums does not know “a” and “b” and reads each as unknown."),
        ("sums", "text:12+3", ""),
        ("tree_lstm", "tree:qwerty film", "tree_lstm does not know “qwerty” and reads it as unknown."),
        ("tree_lstm", "tree:a film", ""),
        (reviews, "text:a Good, long film", "reviews does not know “a” and “long” and reads each as unknown."),
        (reviews, "text:Good film!", ""),
    ],
)
def test_what_is_in_no_vocabulary_is_said(network, given, told):
    note = dlviz.show("predictions", network if isinstance(network, str) else network(), input=given).note
    assert told in note
    assert ("unknown" in note) == bool(told)


def test_many_unknown_words_are_counted():
    note = dlviz.show("predictions", reviews(), input="text:one two three four five six seven eight one").note
    assert "“six” and 2 more and reads each" in note


@pytest.mark.parametrize("tree", ["(9 (2 a) (4 film))", "(3 (9 a) (4 film))"])
def test_a_class_of_a_tree_that_the_network_does_not_have_is_said(tree):
    summary = dlviz.show("predictions", "tree_lstm", input=f"tree:{tree}").summary
    assert "the tree names the class 9, but the last one of tree_lstm is 4" in summary
    assert "it is" not in summary
