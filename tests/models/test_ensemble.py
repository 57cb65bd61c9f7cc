"""Ensembles: the mean of the members' probabilities, better than the mean member, resumed, opened and looked at."""

import os
from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz.inspect import load_network
from dlviz.network import Network
from dlviz_models.cards import read_card
from dlviz_models.data import ArrayPictures, Data, open_data
from dlviz_models.data.datasets import open_dataset
from dlviz_models.errors import UserError
from dlviz_models.networks import network
from dlviz_models.training.ensemble import ensemble, train_ensemble
from dlviz_models.training.run import TrainingProgress

RANDOM = np.random.default_rng(0)
HOW = {"epochs": 2, "batch": 16, "limit": 150, "options": {"hidden": "12"}}


def test_answers_with_the_mean() -> None:
    members = [network("mlp").build(input_shape=(6, 6, 1), classes=3, hidden=(4,)) for _ in range(3)]
    x = RANDOM.integers(0, 256, (5, 6, 6, 1)).astype("float32")
    answer = ensemble(members).predict_on_batch(x)
    mean = np.mean([member.predict_on_batch(x) for member in members], axis=0)
    assert answer == pytest.approx(mean, rel=1e-5)


def test_members_of_one_shape() -> None:
    members = [network("logistic").build(input_shape=(6, 6, 1), classes=classes) for classes in (2, 3)]
    with pytest.raises(UserError, match="an ensemble needs networks of one shape"):
        ensemble(members)


def test_beats_its_mean_member_and_opens(tmp_path: Path) -> None:
    data, out = open_data("digits"), tmp_path / "net.keras"
    seen: list[TrainingProgress] = []
    result = train_ensemble(3, "mlp", data, out, seed=4, progress=seen.append, command="the line", **HOW)
    assert os.listdir(tmp_path) == ["net.keras"]
    assert [member.seed for member in result.members] == [4, 5, 6]
    assert result.accuracy is not None
    assert result.accuracy > result.mean("accuracy")
    assert result.loss is not None
    assert result.loss < result.mean("loss")  # always so: the logarithm is concave
    assert result.parameters == 3 * (784 * 12 + 12 + 12 * 10 + 10)
    done = [state.done for state in seen]
    assert done == sorted(done)
    assert (done[-1], seen[-1].epochs) == (6, 6)
    card = read_card(out)
    assert card is not None
    assert (card.accuracy, card.command) == (result.accuracy, "the line")

    model, _ = load_network(out)
    opened = Network(model)
    x = opened.feed_pictures(data.test.batch(0, 1000))
    assert opened.final == "softmax"
    assert np.mean(opened.predict(x).argmax(axis=1) == data.test.labels) == pytest.approx(result.accuracy)
    assert {"member1/dense1", "member3/logits", "average", "probabilities"} <= opened.layers.keys()
    assert opened.activations({opened.input: x[:1]})["member2/dense1"].shape == (12,)
    assert np.log(opened.predict(x[:1])) == pytest.approx(np.asarray(opened.logits(x[:1])), abs=1e-4)


def test_resumed_is_the_same_as_never_interrupted(tmp_path: Path) -> None:
    data = open_data("digits")
    whole, out = tmp_path / "whole.keras", tmp_path / "net.keras"
    expected = train_ensemble(2, "mlp", data, whole, **HOW)

    def stop(state: TrainingProgress) -> None:
        if state.done > 3:  # in the second epoch of the second member
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_ensemble(2, "mlp", data, out, progress=stop, **HOW)
    left = {"net.keras.done.json", "net.member1.keras", "net.member2.keras", "net.member2.keras.resume.npz"}
    assert set(os.listdir(tmp_path)) == left | {"whole.keras"}
    with pytest.raises(UserError, match=r"was started with bagging=False, ensemble=2; give the same"):
        train_ensemble(3, "mlp", data, out, resume=True, bagging=True, **HOW)
    seen: list[TrainingProgress] = []
    result = train_ensemble(2, "mlp", data, out, resume=True, progress=seen.append, **HOW)
    assert 3 < seen[0].done <= 4
    assert (result.accuracy, result.loss) == (expected.accuracy, expected.loss)
    assert sorted(os.listdir(tmp_path)) == ["net.keras", "whole.keras"]
    for one, other in zip(*(keras.saving.load_model(path).get_weights() for path in (whole, out)), strict=True):
        assert np.array_equal(one, other)
    with pytest.raises(UserError, match="is finished; leave --resume off"):
        train_ensemble(2, "mlp", data, out, resume=True, **HOW)


def test_bagging_draws_for_each(tmp_path: Path) -> None:
    pictures = RANDOM.integers(0, 256, (80, 6, 6, 1), np.uint8)
    data = Data.divided("noise", *[ArrayPictures("noise", pictures, np.arange(80) % 2)] * 2)
    scores = []
    for bagging in (False, True):
        out = tmp_path / f"{bagging}.keras"
        result = train_ensemble(2, "logistic", data, out, bagging=bagging, epochs=1, limit=40, seed=7)
        scores.append([member.score for member in result.members])
    assert scores[0][0] == scores[1][0]  # the first member's draw is that of the seed either way
    assert scores[0][1] != scores[1][1]


def test_refused(tmp_path: Path) -> None:
    data, out = open_data("digits"), tmp_path / "net.keras"
    with pytest.raises(UserError, match="autoencoder is not a classifier"):
        train_ensemble(2, "autoencoder", data, out)
    with pytest.raises(UserError, match="--ensemble 1 is too small"):
        train_ensemble(1, "logistic", data, out)
    (tmp_path / "texts.tsv").write_text("".join(f"word{n} word{n // 2} word{n // 2}\t{n % 2}\n" for n in range(40)))
    with pytest.raises(UserError, match="depends on the draw; leave --bagging off"):
        train_ensemble(2, "rnn", open_dataset(str(tmp_path / "texts.tsv")), out, bagging=True)
    assert os.listdir(tmp_path) == ["texts.tsv"]
