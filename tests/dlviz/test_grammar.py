"""Words agree with what stands beside them."""

from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz import show
from dlviz.grammar import article, enumerated, in_digits, number_of, one_of, told_apart
from dlviz.network import Network
from dlviz.panels.mistakes import tally_of
from dlviz.sheet import Bars
from dlviz.views import view
from dlviz_models.data.arrays import ArrayNumbers
from dlviz_models.data.texts import text_data
from dlviz_models.errors import UserError
from dlviz_models.tasks.sequences import parts


@pytest.mark.parametrize(
    "name",
    ["LSTM", "Embedding", "Activation", "RNN", "InputLayer", "Add", "UpSampling2D", "umbrella", "hourglass", "oboe"],
)
def test_an(name):
    assert article(name) == f"an {name}"


@pytest.mark.parametrize(
    "name",
    ["GRU", "Dense", "SimpleRNN", "Flatten", "U-Net", "UnitNormalization", "one-piece", "European fire salamander"],
)
def test_a(name):
    assert article(name) == f"a {name}"


def _first_word(number: int) -> str:
    """How a number from 0 to 999,999 begins when it is said."""
    if number >= 1000:
        return _first_word(number // 1000)
    if number >= 100:
        return _first_word(number // 100)
    small = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    words = [*small.split(), "seventeen", "eighteen", "nineteen"]
    tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    return words[number] if number < 20 else tens[number // 10 - 2]


def test_a_number_has_the_article_of_the_word_that_is_said_first():
    for number in [*range(2000), *range(2000, 1_000_000, 997)]:
        an = _first_word(number)[0] == "e"
        assert article(str(number)) == f"{'an' if an else 'a'} {number}"
        assert article(f"{number:,}") == f"{'an' if an else 'a'} {number:,}"


def test_one_is_singular_and_no_choice():
    assert [number_of(n, "unit") for n in (0, 1, 2, 1000)] == ["0 units", "1 unit", "2 units", "1,000 units"]
    assert (one_of(["attention"]), one_of(["a", "b"])) == ("attention", "one of a, b")


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (0.6134, 3, "0.613"),
        (999.7, 3, "999.7"),
        (254755.4, 3, "254,755"),
        (-9999999.0, 4, "-9,999,999"),
        (99999999.0, 3, "1e+08"),
        (1e-9, 2, "1e-09"),
        (-0.0, 3, "0"),
        (np.nan, 3, "nan"),
        (-np.inf, 3, "-inf"),
    ],
)
def test_numbers_are_written_out_up_to_seven_digits(value: float, digits: int, said: str) -> None:
    assert in_digits(value, digits) == said


def test_numbers_that_are_compared_differ_where_they_can() -> None:
    for digits in range(1, 8):
        near = 1 + 10.0**-digits
        first, second = told_apart((1.0, near))
        assert float(first) != float(second)
    assert told_apart((0.1, 0.1), 2) == ["0.1", "0.1"]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("predictions", "price = 254,755 for sample no. 0 of houses.npz; the true number is 254,754"),
        ("mistakes", "is off by 1,001 on average"),
        ("attribution_graph", "price = 254,755"),
        ("saliency", "The map sums to 254,755"),
    ],
)
def test_prices_are_written_out(view: str, said: str, tmp_path: Path) -> None:
    x = keras.Input((2,), name="x")
    same = keras.layers.Dense(2, name="same", kernel_initializer="identity")(x)
    model = keras.Model(x, keras.layers.Dense(1, name="price", kernel_initializer="ones")(same), name="prices")
    houses = np.array([[254000, 755.4], [1000, 1]], np.float32)
    np.savez(tmp_path / "houses.npz", x=houses, y=houses.sum(axis=1) - [1, 2000.5])
    sheet = show(view, model, data=str(tmp_path / "houses.npz"))
    assert said in sheet.summary
    bars = [panel.numbers for panel in sheet.panels if isinstance(panel, Bars)]
    assert "e+0" not in f"{sheet.summary} {bars}"


def test_an_unknown_view_is_answered_with_views_and_no_lessons():
    with pytest.raises(UserError) as refused:
        view("foo")
    assert "predictions" in str(refused.value)
    assert "xor_learned" not in str(refused.value)


def test_a_table_without_targets_is_told_where_they_stand():
    x = keras.Input((2,), name="x")
    network = Network(keras.Model(x, keras.layers.Dense(1)(x), name="prices"))
    table = ArrayNumbers("house.csv", np.eye(2, dtype=np.float32), names=("rooms", "price"))
    with pytest.raises(UserError, match="such as a column called target or y; its columns are rooms, price"):
        list(tally_of(network, table).targets("numbers"))


def test_texts_that_repeat_those_of_the_test_part_are_said():
    texts = ["good", "bad"] * 10
    data = text_data("reviews.csv", texts, ["1", "0"] * 10)
    left_out = len(texts) - len(data.train) - len(data.test)
    assert any(f"{left_out} texts are not learned from: they repeat" in note for note in data.whole.notes)
    same = text_data("same.csv", ["good"] * 20, ["1", "0"] * 10)
    with pytest.raises(UserError, match="because 16 of its texts repeat those to test with"):
        parts(same, None, 0)


def test_one_unit_tells_two_classes():
    x = keras.Input((2,), name="x")
    model = keras.Model(x, keras.layers.Dense(1, "sigmoid", name="out")(x), name="reviews")
    assert "Output out: two classes by one number, because" in str(show("checkup", model).panels)


@pytest.mark.parametrize(
    ("parts", "said"), [((), ""), (("a",), "a"), (("a", "b"), "a or b"), (("a", "b", "c"), "a, b or c")]
)
def test_parts_of_a_sentence(parts: tuple[str, ...], said: str) -> None:
    assert enumerated(parts, "or") == said
    assert enumerated(parts) == said.replace(" or ", " and ")


def test_a_tree_that_is_fed_in_three_arrays_is_said_once():
    sheet = show("architecture", "tree_lstm")
    assert sheet.summary.endswith("turn a tree of any size into a class for each node.")


def test_inputs_alike_are_counted():
    a, b = keras.Input((8,), name="a"), keras.Input((8,), name="b")
    model = keras.Model([a, b], keras.layers.Dense(2, name="out")(keras.layers.Concatenate()([a, b])))
    assert show("architecture", model).summary.endswith("turn 2 inputs (each 8) into 2.")
