"""The view of mistakes against scikit-learn, and classes that do or do not match the network's."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from matplotlib.text import Text
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
)

import dlviz
from dlviz.draw.page import page
from dlviz.jobs import Request
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.session import Session
from dlviz.sheet import Matrix, Sheet, Tiles
from dlviz.targets import match_classes, output_called, outputs_of_classes, true_answer, with_data_class_names
from dlviz.views.mistakes import Mistakes
from dlviz_models.data import ArrayPictures
from dlviz_models.data.classes import imagenet_classes
from dlviz_models.data.samples import ClassNumber, Picture
from dlviz_models.errors import UserError
from tests.scenes import scene_of


def network(outputs=5, classes=(), seed=0):
    keras.utils.set_random_seed(seed)
    layers = [keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(outputs, "softmax")]
    return Network(keras.Sequential(layers, name="toy"), classes=classes, mode="unit")


def pictures(labels, class_names=None):
    pixels = np.random.default_rng(1).integers(0, 256, (700, 6, 6, 1), np.uint8)
    return ArrayPictures("toys", pixels, labels, class_names)


@pytest.fixture
def labels():
    return np.random.default_rng(2).integers(0, 5, 700)


def run(net, data, **options):
    return list(Mistakes(**options).run(scene_of(net, data=data)))


def test_numbers_agree_with_scikit_learn(labels):
    net, data = network(), pictures(labels)
    *progress, sheet = run(net, data, count=10)
    assert all(isinstance(p, Progress) for p in progress)
    assert isinstance(sheet, Sheet)
    answers = net.model.predict_on_batch(data.pictures.astype(np.float32) / 255)
    said = answers.argmax(axis=1)
    a = sheet.arrays
    assert a["examples"] == 700
    assert a["accuracy"] == pytest.approx(accuracy_score(labels, said))
    np.testing.assert_array_equal(a["confusion"], confusion_matrix(labels, said))
    assert set(a["index"]) == set(np.flatnonzero(said != labels))
    assert (np.diff(a["confidence"]) <= 0).all()
    np.testing.assert_array_equal(a["label"], labels[a["index"]])
    np.testing.assert_array_equal(a["predicted"], said[a["index"]])
    np.testing.assert_allclose(a["confidence"], answers.max(axis=1)[a["index"]], atol=1e-5)
    matrix, tiles, doubtful = sheet.panels
    assert isinstance(matrix, Matrix)
    assert isinstance(tiles, Tiles)
    assert tiles.keys == tuple(a["index"][:10])
    np.testing.assert_array_equal(tiles.images, data.pictures[a["index"][:10]])
    assert tiles.captions[0] == f"{a['label'][0]} → {a['predicted'][0]} · {a['confidence'][0]:.0%}"
    right = np.flatnonzero(said == labels)
    assert doubtful.keys == tuple(right[np.argsort(answers.max(axis=1)[right])][:12])


def test_a_network_without_mistakes():
    net, data = network(), pictures(None)
    data.labels = net.model.predict_on_batch(data.pictures.astype(np.float32) / 255).argmax(axis=1)
    *_, sheet = run(net, data)
    assert sheet.arrays["accuracy"] == 1
    assert len(sheet.arrays["index"]) == 0
    matrix, doubtful = sheet.panels
    assert not matrix.colouring.any()
    assert matrix.role == "main"
    assert sheet.summary.startswith(f"{net.name} gets none of 700 pictures")
    assert doubtful.title == "Right, but least confident"
    surest = net.model.predict_on_batch(data.pictures.astype(np.float32) / 255).max(axis=1)
    first = int(doubtful.keys[0])
    assert doubtful.captions[0] == f"{data.labels[first]} ({surest[first]:.0%})"


def test_many_classes_are_cut_to_those_with_most_mistakes(labels):
    *_, sheet = run(network(60), pictures(labels * 7))
    matrix = sheet.panels[0]
    assert matrix.row_labels == ("0", "7", "14", "21", "28")
    assert matrix.column_labels == (*matrix.row_labels, "another")
    np.testing.assert_array_equal(matrix.values.sum(axis=1), np.bincount(labels))
    assert sheet.arrays["confusion"].shape == (60, 60)


def words(text):
    """Without what differs where a line is broken."""
    return " ".join(text.replace("·", " ").split())


def test_every_mistake_shown_on_paper_says_what_it_was_taken_for(labels):
    names = ("English springer spaniel", "garbage truck", "cassette player", "threshing machine", "church")
    *_, sheet = run(network(5, names), pictures(labels))
    wrong = next(panel for panel in sheet.panels if "Wrong" in getattr(panel, "title", ""))
    assert len(sheet.arrays["index"]) > 60
    assert len(wrong.captions) >= 12
    written = words(" ".join(text.get_text() for text in page(sheet).findobj(Text)))
    for caption in wrong.captions:
        assert words(caption) in written


def test_classes_are_matched_by_name(labels):
    net = network(3, ("grey cat", "dog", "bird"))
    data = pictures(labels % 2, ("Bird", "Grey_Cat"))
    np.testing.assert_array_equal(outputs_of_classes(net, data), [2, 0])
    *_, sheet = run(net, data)
    assert sheet.arrays["confusion"][1].sum() == 0
    np.testing.assert_array_equal(sheet.arrays["confusion"].sum(axis=1)[[2, 0]], np.bincount(labels % 2))


def test_folders_with_wordnet_numbers_are_matched(labels):
    net = network(1000, imagenet_classes())
    np.testing.assert_array_equal(outputs_of_classes(net, pictures(labels % 2, ("n01443537", "tench"))), [1, 0])


@pytest.mark.parametrize(
    ("outputs", "names", "expected", "says"),
    [
        (10, ("3", "7"), [3, 7], "names of the classes are the numbers"),
        (3, ("1", "2", "3"), [0, 1, 2], "1 to 3 are the outputs 0 to 2"),
        (3, ("cat", "cow", "dog"), [0, 1, 2], "no names for its classes"),
        (3, ("0", "1", "2"), [0, 1, 2], ""),
        (1000, ("n01440764", "n02979186", "n02102040_springer"), [0, 482, 217], "WordNet"),
        (1000, ("tench", "goldfish"), [0, 1], "by their names"),
    ],
)
def test_classes_are_matched_by_what_their_names_are(outputs, names, expected, says):
    match = match_classes(network(outputs), pictures(np.arange(700) % len(names), names))
    assert match.outputs.tolist() == expected
    for number, output in enumerate(expected):  # a single sample knows as much
        sample = Picture(np.zeros((6, 6, 1), np.uint8), target=ClassNumber(number, names))
        assert true_answer(network(outputs), sample) == output
    assert says in match.note
    assert bool(match.note) == bool(says)
    if outputs < 1000:
        assert [match.name(output) for output in expected] == list(names)
    assert match_classes(network(outputs, names[:1] * outputs), pictures(np.zeros(700, int))).note == ""


def test_what_is_not_told_is_asked():
    with pytest.raises(UserError, match=r"has 2 classes \(cat, dog\), and toy distinguishes 10.*labels.txt"):
        match_classes(network(10), pictures(np.zeros(700, int), ("cat", "dog")))
    with pytest.raises(UserError, match="n99999999 is not one of the 1,000"):
        match_classes(network(1000), pictures(np.zeros(700, int), ("n01440764", "n99999999")))


def test_names_of_folders_stand_for_a_network_without_names(labels):
    *_, sheet = run(network(3), pictures(labels % 3, ("cat", "cow", "dog")))
    assert sheet.panels[0].row_labels == ("cat", "cow", "dog")
    assert "so those of the data are used, in order." in sheet.summary


def test_a_network_without_names_has_the_readable_ones_of_the_data_everywhere(labels):
    data = pictures(labels % 3, ("n01440764", "n02979186_player", "my_dog"))
    readable = ("tench", "cassette player", "my_dog")
    assert match_classes(network(3), data).names == readable
    named = with_data_class_names(network(3), data)
    assert tuple(map(named.class_name, range(3))) == readable
    assert match_classes(named, data).outputs.tolist() == [0, 1, 2]
    assert [output_called(named, name, 3) for name in ("tench", "n02979186", "2")] == [0, 1, 2]
    assert "those of the data are used" in " ".join(named.notes)
    assert network(3, data.class_names).classes == readable  # names of its own are shown in the same way
    own = network(3, ("cat", "cow", "dog"))
    assert with_data_class_names(own, data) is own
    for other in (("0", "1", "2"), ("cat", "cow"), ("a_dog", "a dog", "cat")):  # numbers; too few; not told apart
        assert with_data_class_names(network(3), pictures(labels % len(other), other)).classes == ()


@pytest.mark.parametrize(("activation", "named"), [("linear", ("cat", "cow", "dog")), ("softmax", ())])
def test_names_are_those_of_the_only_output_that_has_classes(labels, activation, named):
    x = keras.Input((6, 6, 1))
    flat = keras.layers.Flatten()(x)
    outputs = [
        keras.layers.Dense(3, "softmax", name="kind")(flat),
        keras.layers.Dense(3, activation, name="other")(flat),
    ]
    found = with_data_class_names(
        Network(keras.Model(x, outputs), mode="unit"), pictures(labels % 3, ("cat", "cow", "dog"))
    )
    assert found.classes == named


@pytest.mark.parametrize(
    ("net", "class_names", "words"),
    [
        (network(5), None, "no labels"),
        (network(3), ("a", "b", "c", "d", "e"), "5 classes, but toy distinguishes 3"),
        (network(5, tuple("vwxyz")), tuple("abcde"), "The class a of toys"),
    ],
    ids=["unlabelled", "more classes", "other classes"],
)
def test_refused_in_one_sentence(net, class_names, words, labels):
    with pytest.raises(UserError, match=words):
        run(net, pictures(labels if class_names else None, class_names))


def test_a_network_that_is_no_classifier(labels):
    layers = [keras.Input((6, 6, 1), name="picture"), keras.layers.Conv2D(2, 3, name="maps")]
    with pytest.raises(UserError, match="do not fit the output of maker"):
        run(Network(keras.Sequential(layers, name="maker"), mode="unit"), pictures(labels))


def test_a_count_that_was_interrupted_goes_on_and_a_whole_one_is_kept():
    session, request = Session(), Request(view="mistakes", model="lenet5", data="digits")
    interrupted = session.show(request)
    seen = [next(interrupted).done for _ in range(2)]
    interrupted.close()
    *steps, sheet = session.show(request)
    assert steps[0].done > seen[-1]
    whole = dlviz.show("mistakes", "lenet5", data="digits")
    np.testing.assert_array_equal(sheet.arrays["confusion"], whole.arrays["confusion"])
    (again,) = session.show(replace(request, settings={"count": 3}))
    np.testing.assert_array_equal(again.arrays["confusion"], whole.arrays["confusion"])


def test_a_single_sample_is_no_plural(tmp_path):
    x = keras.Input((2,))
    model = keras.Model(x, keras.layers.Softmax()(x), name="same")
    np.savez(tmp_path / "one.npz", x=np.array([[0.0, 5.0]], np.float32), y=np.array([1]))
    sheet = dlviz.show("mistakes", model, data=str(tmp_path / "one.npz"))
    assert "gets the only sample of one.npz right." in sheet.summary
