"""Training on texts, trees and sounds: the figures against those worked out from the file that was written."""

import json
from argparse import ArgumentParser
from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz.cli import train as command
from dlviz_models.cards import read_card
from dlviz_models.data import Data, open_data
from dlviz_models.data.samples import ListedSamples, Sound
from dlviz_models.data.texts import as_texts
from dlviz_models.data.treebank import parse, tree_data
from dlviz_models.decoding import greedy
from dlviz_models.errors import UserError
from dlviz_models.tasks.denoising import snr_gain_db
from dlviz_models.tasks.task import Part
from dlviz_models.training.train import train

RANDOM = np.random.default_rng(0)
ECHO = Data.undivided("echo", as_texts("echo", [(a + b, b + a) for a in "abcdefgh" for b in "abcdefgh"]))
BASES = ["".join(RANDOM.choice(list("ACGT"), 12)) for _ in range(500)]
GC = Data.undivided("b", as_texts("b", [(text, "yes" if "GC" in text else "no") for text in BASES], ("no", "yes")))
SIGNS = tree_data(
    "signs",
    [
        parse(f"({(a + b) // 2} ({a} {'good' if a else 'bad'}) ({b} {'good' if b else 'bad'}))")
        for a, b in [(0, 0), (4, 4)] * 60
    ],
)
TONES = [np.sin(np.arange(700) * (0.1 + 0.2 * (n % 2))).astype(np.float32) for n in range(40)]
SOUNDS = Data.undivided(
    "tones", ListedSamples("tones", "sound", [Sound(tone, target=n % 2) for n, tone in enumerate(TONES)])
)


def samples_of(data: Data) -> list:
    return [data.test.sample(number) for number in range(len(data.test))]


def test_translation(tmp_path: Path) -> None:
    out = tmp_path / "net.keras"
    result = train("seq2seq", ECHO, out, epochs=1, batch=8, options={"units": "16", "attention": "luong"})
    model = keras.saving.load_model(out)
    source, target = model.get_layer("source_text"), model.get_layer("target_text")
    written = target.decode(greedy(model, source.encode(pair.text for pair in samples_of(ECHO)), 3))
    right = np.mean([text == pair.target for text, pair in zip(written, samples_of(ECHO), strict=True)])
    assert result.sequence_accuracy == pytest.approx(right)
    assert (result.accuracy, result.bleu, result.network) == (None, None, "seq2seq")
    card = read_card(out)
    assert card is not None
    assert card.accuracy == result.sequence_accuracy
    assert "pairs of the test part" in card.measured_on


def test_bleu(tmp_path: Path) -> None:
    """A network that has learned to write one sentence, whatever it is asked, with one wrong word and too short."""
    learned = as_texts("cat/train", [(f"{n} ?", "the cat sat on the") for n in range(60)])
    asked = as_texts("cat", [("5 ?", "the cat sat on a mat")] * 3)
    options = {"units": "16", "learning_rate": 0.05, "schedule": "constant"}
    data = Data.divided("cat", learned, asked)
    result = train("seq2seq", data, tmp_path / "net.keras", epochs=6, batch=4, options=options)
    shares = 4 / 5 * 3 / 4 * 2 / 3 * 1 / 2  # of its 1-, 2-, 3- and 4-grams are in what was asked for
    assert result.bleu == pytest.approx(100 * np.exp(1 - 6 / 5) * shares ** (1 / 4), abs=1e-4)
    assert result.sequence_accuracy == 0


def test_texts_are_classified(tmp_path: Path) -> None:
    out = tmp_path / "net.keras"
    result = train("conv1d", GC, out, epochs=5, batch=4, options={"widths": "2", "filters": "32", "dropout": 0.0})
    model = keras.saving.load_model(out)
    answers = np.argmax(model(model.get_layer("text").encode(text.text for text in samples_of(GC))), axis=1)
    right = np.mean(answers == ["GC" in text.text for text in samples_of(GC)])
    assert result.accuracy == pytest.approx(right)
    assert right > 0.9
    assert read_card(out).class_names == ("no", "yes")  # type: ignore[union-attr]


def test_trees(tmp_path: Path) -> None:
    result = train("tree_rnn", SIGNS, tmp_path / "net.keras", epochs=4, batch=2, options={"units": 16, "dropout": 0.0})
    assert (result.root_accuracy, result.node_accuracy, result.accuracy) == (1, 1, None)


def test_sentences_of_a_treebank(tmp_path: Path) -> None:
    result = train("rnn", SIGNS, tmp_path / "net.keras", epochs=2, batch=4, options={"units": "8", "cell": "simple"})
    assert result.accuracy == 1
    assert keras.saving.load_model(tmp_path / "net.keras").get_layer("text").vocabulary == ["bad", "good"]


def test_denoising(tmp_path: Path) -> None:
    """The figure is that of other noise, but for chance."""
    out = tmp_path / "net.keras"
    options = {"filters": 8, "window": 32, "step": 16, "units": 8}
    result = train("denoiser", SOUNDS, out, epochs=1, batch=4, options=options)
    clean = np.stack([sound.samples[:688, None] * np.sqrt(2) for sound in samples_of(SOUNDS)])  # mean square 1
    noise = RANDOM.normal(size=clean.shape)
    left = np.asarray(keras.saving.load_model(out)(clean + noise)) - clean
    gains = 10 * np.log10(np.square(noise).sum(axis=(1, 2)) / np.square(left).sum(axis=(1, 2)))
    assert result.snr_gain_db == pytest.approx(gains.mean(), abs=0.3)
    assert result.accuracy is None


def test_gain_in_decibels() -> None:
    clean, noise = RANDOM.normal(size=(2, 5, 8, 1))
    part = Part(clean + noise, clean, np.ones((5, 8)))
    assert snr_gain_db(part, clean + noise / 10) == pytest.approx(20)
    assert snr_gain_db(part, clean + noise) == pytest.approx(0)


@pytest.mark.parametrize(
    ("network", "data", "says"),
    [
        ("lenet5", ECHO, "lenet5 cannot be trained on echo; give it"),
        ("seq2seq", SIGNS, "seq2seq cannot be trained on signs"),
        ("tree_lstm", open_data("digits"), "tree_lstm cannot be trained on digits"),
        ("rnn", ECHO, "echo has no class names in its second column"),
        ("seq2seq", Data.undivided("few", as_texts("few", [("a", "b")])), "too few"),
    ],
)
def test_refused(tmp_path: Path, network: str, data: object, says: str) -> None:
    with pytest.raises(UserError, match=says):
        train(network, data, tmp_path / "net.keras")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "echo.tsv"
    table.write_text("".join(f"{text.text}\t{text.target}\n" for text in ECHO.whole.samples))
    parser = ArgumentParser(add_help=False)
    command.add_arguments(parser)
    words = ["rnn", "--data", "motifs", "--limit", "40", "--epochs", "1", "--set", "units=4", "--set", "cell=simple"]
    assert command.run(parser.parse_args([*words, "--out", str(tmp_path / "a.keras")])) == 0
    assert "rnn on the test part of motifs: " in capsys.readouterr().out
    words = ["seq2seq", "--data", str(table), "--epochs", "1", "--set", "units=4", "--json"]
    assert command.run(parser.parse_args([*words, "--out", str(tmp_path / "b.keras")])) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["bleu"] is None
    assert 0 <= result["sequence_accuracy"] <= 1
