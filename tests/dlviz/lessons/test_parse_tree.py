"""Each node is what the shipped Keras network says."""

import numpy as np
import pytest

from dlviz.api import open_model
from dlviz.by_hand.tree_states import tree_states
from dlviz.feeding.feed import feeds_of
from dlviz.films import last
from dlviz.lessons.parse_tree import PRESETS, ParseTree, parsed
from dlviz.sheet import Diagram
from dlviz_models.errors import UserError

SENTENCES = (*PRESETS.values(), "(this film) (is (not (a zzz))) .", "bad (very (very good))")


@pytest.fixture(scope="module")
def network():
    return open_model("tree_lstm")


@pytest.mark.parametrize("text", SENTENCES)
def test_every_node_is_what_the_network_says(network, text):
    tree = parsed(text)
    answer = np.asarray(network.answer(feeds_of(network, [tree])))[0]
    np.testing.assert_allclose(last(ParseTree, {"words": text}).arrays["classes"], answer, atol=1e-5)


def test_gates_are_those_of_the_definition():
    """c = i u + f_a c_a + f_b c_b and h = o tanh(c) at every phrase."""
    tree = parsed("(the film) (is (not (very good)))")
    found = tree_states(tree)
    for node, (a, b) in enumerate(tree.children, len(tree.words)):
        gates = {name: values[node] for name, values in found.gates.items()}
        c = gates["i"] * gates["u"] + gates["f_a"] * found.c[a] + gates["f_b"] * found.c[b]
        np.testing.assert_allclose(found.c[node], c, rtol=1e-5)
        np.testing.assert_allclose(found.h[node], gates["o"] * np.tanh(c), rtol=1e-5)
    np.testing.assert_allclose(found.classes.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "children"),
    [
        ("not (very good)", [[1, 2], [0, 3]]),
        ("not very good", [[1, 2], [0, 3]]),
        ("(not very) good", [[0, 1], [3, 2]]),
        ("((a b) (c d))", [[0, 1], [2, 3], [4, 5]]),
    ],
)
def test_brackets_say_what_belongs_together(text, children):
    assert parsed(text).children.tolist() == children


@pytest.mark.parametrize("text", ["a (b c", "a) b c", "() a b", "a b ()"])
def test_brackets_that_do_not_close_are_refused(text):
    with pytest.raises(UserError, match="a bracket too many or too few"):
        parsed(text)


def test_too_few_or_too_many_words_are_refused():
    for text in ("good", "a " * 11):
        with pytest.raises(UserError, match="give 2 to 10"):
            parsed(text)


def test_a_step_puts_one_phrase_together():
    for step in range(3):
        sheet = last(ParseTree, {"step": step})
        graph = next(panel for panel in sheet.panels if isinstance(panel, Diagram))
        assert [node.name for node in graph.nodes].count("?") == 2 - step
    assert "zzz" in last(ParseTree, {"words": "not zzz"}).summary


def test_not_turns_very_good():
    sheet = last(ParseTree, {})
    very_good, root = sheet.arrays["classes"][-2:] @ [-1, -1, 0, 1, 1]
    assert very_good > 0.5 > 0 > root
    assert "“not very good”" in sheet.answer
    assert last(ParseTree, {"preset": "never very good"}).answer.startswith("None")
