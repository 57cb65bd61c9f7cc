"""The game of guessing what excites a unit, held to the network's own responses."""

import numpy as np
import pytest

from dlviz.api import open_model, show
from dlviz.session import Session
from dlviz_models.errors import UserError


@pytest.fixture(scope="module")
def network():
    return open_model("lenet5")


@pytest.mark.parametrize("game", range(1, 6))
def test_the_answer_is_the_picture_that_excites_the_unit_more(network, game):
    sheet = show("guess", network, layer="conv2", data="digits", limit=200, round=game)
    digits = Session().data("digits").select(np.arange(200))
    pixels = np.stack([digits.sample(i).pixels for i in range(200)]).astype(np.float32)
    unit = int(sheet.arrays["unit"])
    responses = np.asarray(network.function(("conv2",))(pixels)[0])[..., unit].max(axis=(1, 2))
    index = sheet.arrays["index"]
    np.testing.assert_allclose(sheet.arrays["response"], responses[index], rtol=1e-5)
    assert sheet.answer.startswith("The left" if responses[index[0]] > responses[index[1]] else "The right")
    assert not set(index) & set(np.argsort(-responses)[:9])
    assert not sheet.panels[-1].captions


def test_the_class_may_guess_by_a_picture_made_for_the_unit(network):
    kind = {"layer": "conv2", "data": "digits", "limit": 100}
    sheet = show("guess", network, shows="maximising", **kind)
    unit = int(sheet.arrays["unit"])
    (made,) = show("maximise", network, units=[unit], **kind).arrays["image"]
    shown = sheet.panels[0].images[0, ::3, ::3]
    np.testing.assert_allclose(shown, made, atol=0.6)


def test_rounds_are_counted_once(network):
    def said(game: int, side: str) -> str:
        return show("guess", network, layer="conv1", data="digits", limit=100, round=game, pick=side).summary

    assert said(1, "") == "Nobody has guessed yet."
    first = said(1, "left")
    again = said(1, "right")
    assert ("guess is correct" in first) != ("guess is correct" in again)
    right = "guess is correct" in first
    assert f"{int(right)} of 1 right so far" in first
    assert f"{int(right)} of 1 right so far" in again
    assert "of 2 right so far" in said(2, "left")
    assert "92% of rounds" in first


def test_too_few_pictures_are_told(network):
    with pytest.raises(UserError, match="responds to more than 3 pictures"):
        show("guess", network, layer="conv2", data="digits", limit=3)


def test_no_choice_is_not_among_those_that_are_listed(network):
    with pytest.raises(UserError, match=r"pick=up is unknown: choose one of left, right\."):
        show("guess", network, layer="conv2", data="digits", limit=40, pick="up")
