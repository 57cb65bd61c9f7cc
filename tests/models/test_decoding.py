"""Decoding against all texts there are."""

import itertools

import keras
import numpy as np
import pytest

from dlviz_models.decoding import beam, greedy
from dlviz_models.layers.text import END, START
from dlviz_models.networks import network

LENGTH = 3
TOKENS = (END, 4, 5)
SOURCE = np.array([[4, 5], [5, 0]], np.int32)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    model = network("seq2seq").build(vocabulary="ab", target_vocabulary="xy", units=(5,), embedding=3)
    random = np.random.default_rng(1)
    model.set_weights([random.normal(size=values.shape) for values in model.get_weights()])
    return model


def everything(model: keras.Model, source: np.ndarray) -> dict[tuple[int, ...], float]:
    """Return the log probability of each text that ends, or is cut off after three tokens."""
    texts = list(itertools.product(TOKENS, repeat=LENGTH))
    told = np.array([(START, *text) for text in texts])
    logs = np.log(np.asarray(model([np.repeat(source[None], len(texts), axis=0), told])))
    found = {}
    for row, text in zip(logs, texts, strict=True):
        stop = text.index(END) + 1 if END in text else LENGTH
        found[text[:stop]] = float(sum(row[step, text[step]] for step in range(stop)))
    return found


def test_a_wide_beam_finds_the_best_of_all(model: keras.Model) -> None:
    wide = beam(model, SOURCE, LENGTH, len(TOKENS) ** LENGTH)
    for source, hypotheses in zip(SOURCE, wide, strict=True):
        expected = sorted(everything(model, source).items(), key=lambda item: -item[1])
        assert len(hypotheses) == len(expected)
        for (tokens, score), (text, logarithm) in zip(hypotheses, expected, strict=True):
            assert tuple(tokens[: len(text)]) == text
            assert not tokens[len(text) :].any()
            assert score == pytest.approx(logarithm, abs=1e-4)


def test_greedy_takes_the_likeliest_at_each_step(model: keras.Model) -> None:
    for source, written in zip(SOURCE, greedy(model, SOURCE, LENGTH), strict=True):
        text = [START]
        while len(text) <= LENGTH and text[-1] != END:
            probabilities = np.asarray(model([source[None], np.array([text])]))[0, -1]
            text.append(max(TOKENS, key=lambda token: probabilities[token]))
        assert written[: len(text) - 1].tolist() == text[1:]


def pruned(model: keras.Model, source: np.ndarray, width: int) -> list[tuple[tuple[int, ...], float]]:
    """Return the texts that a beam finds, and their log probabilities, one text at a time."""
    kept: list[tuple[tuple[int, ...], float]] = [((START,), 0.0)]
    for _ in range(LENGTH):
        longer = [(text, score) for text, score in kept if text[-1] == END]
        for text, score in kept:
            if text[-1] != END:
                logs = np.log(np.asarray(model([source[None], np.array([text])]))[0, -1])
                longer += [((*text, token), score + float(logs[token])) for token in TOKENS]
        kept = sorted(longer, key=lambda item: -item[1])[:width]
    return [(text[1:], score) for text, score in kept]


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_narrow_beam_goes_on_from_the_likeliest_beginnings_alone(model: keras.Model, width: int) -> None:
    for source, hypotheses in zip(SOURCE, beam(model, SOURCE, LENGTH, width), strict=True):
        for (tokens, score), (text, logarithm) in zip(hypotheses, pruned(model, source, width), strict=True):
            assert tuple(tokens[: len(text)]) == text
            assert score == pytest.approx(logarithm, abs=1e-4)


def test_a_beam_of_one_is_greedy(model: keras.Model) -> None:
    narrow = beam(model, SOURCE, LENGTH, 1)
    assert [hypotheses[0].tokens.tolist() for hypotheses in narrow] == greedy(model, SOURCE, LENGTH).tolist()
