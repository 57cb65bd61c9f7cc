"""Batches of like length: each example once, little padding, and the same figures as without them."""

import keras
import numpy as np
import pytest

from dlviz_models.data import Data
from dlviz_models.data.texts import as_texts
from dlviz_models.data.treebank import parse, tree_data
from dlviz_models.networks import network
from dlviz_models.tasks.task import Part
from dlviz_models.tasks.translation import Translate
from dlviz_models.tasks.trees import ClassifyNodes
from dlviz_models.training.buckets import POOL, buckets

TREES = [
    "(3 (2 a) (4 (1 b) (4 (2 c) (0 d))))",
    "(1 (0 (2 b) (1 x)) (3 a))",
    "(4 a)",
    "(0 (1 (2 a) (3 b)) (1 (4 c) (2 d)))",
] * 5
PAIRS = as_texts("pairs", [("ab" * (n % 7 + 1), "x" * (n % 3 + 1)) for n in range(30)])


def test_each_example_once_and_of_like_length() -> None:
    random = np.random.default_rng(0)
    lengths = random.integers(1, 50, 1000)
    for found in (buckets(lengths, 8), buckets(lengths, 8, np.random.default_rng(1))):
        assert sorted(np.concatenate(found)) == list(range(1000))
        assert len(found) == 1000 // 8
        padded = sum(len(rows) * lengths[rows].max() for rows in found)
        assert padded < 1.1 * lengths.sum()
    assert [len(rows) for rows in buckets(lengths, POOL + 3)][-1] == 1000 % (POOL + 3)


def test_order_is_the_seeds() -> None:
    lengths = np.arange(100)
    one, same, other = (buckets(lengths, 4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_cut_tree_is_the_tree() -> None:
    """The probabilities of each node that counts are those of the tree among longer ones."""
    data = tree_data("trees", [parse(line) for line in TREES], [parse(line) for line in TREES])
    task = ClassifyNodes(data, {}, None, 0)
    model = network("tree_lstm").build(**task.settings, units=4, embedding=3)
    whole, weight = np.asarray(model(task.test.x)), np.asarray(task.test.weight)
    for rows in buckets(task.lengths(task.test), 5):
        some = task.cut(task.test, rows)
        counts = np.asarray(some.weight) > 0
        assert some.x["words"].shape[1] == task.lengths(task.test)[rows].max()
        assert np.array_equal(some.y[counts], task.test.y[rows][weight[rows] > 0])
        assert np.allclose(np.asarray(model(some.x))[counts], whole[rows][weight[rows] > 0], atol=1e-6)


def test_a_cut_pair_is_the_pair() -> None:
    task = Translate(Data.divided("pairs", PAIRS, PAIRS), {}, None, 0)
    rows = np.array([3, 0, 6])
    some, whole = task.cut(task.test, rows), task.test
    assert some.x["source"].tolist() == [whole.x["source"][row][:14].tolist() for row in rows]
    assert some.y.shape == some.x["target"].shape == (3, 2)
    assert np.array_equal(some.x["target"][:, 1:], some.y[:, :-1] * (some.x["target"][:, 1:] > 0))


def test_the_loss_is_that_without_buckets() -> None:
    task = Translate(Data.divided("pairs", PAIRS, PAIRS), {}, None, 0)
    model = network("seq2seq").build(**task.settings, units=(5,), embedding=4)
    trainer = keras.Model(model.input, model.get_layer("logits").output)
    trainer.compile("sgd", task.loss())
    test: Part = task.test
    logs = np.log(np.asarray(model(test.x)))
    chosen = -np.take_along_axis(logs, test.y[..., None], axis=2)[..., 0]
    assert task.evaluate(trainer)["loss"] == pytest.approx(np.average(chosen, weights=test.weight), rel=1e-4)
