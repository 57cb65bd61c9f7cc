"""What the pages of one sheet are called and what is said on each."""

import numpy as np
import pytest

from dlviz.draw.page import room_on_page
from dlviz.draw.paging import paged, said_of
from dlviz.grammar import sentences
from dlviz.sheet import Bars, Sheet, Tiles

PANELS = (
    Tiles(np.zeros((12, 9, 9, 1)), title="Top patches in noise", columns=6, role="main"),
    Tiles(np.zeros((64, 3, 3, 1)), title="Weights (of each of its 64 inputs)"),
    Bars(tuple("abcdefghij"), np.arange(10.0), "Mean response (selectivity 0.18)"),
    Bars(tuple("abcdefghij"), np.arange(10.0), "Adds to the logit"),
    Bars(tuple("abcdefgh"), np.arange(8.0), "Connections of the unit"),
)
SAID = {
    "": "The largest response is 7.",
    "Top patches in noise": "Top patches in noise: the noise to which it responds most. With each, what triggered it.",
    "Mean response": "Mean response: to each class.",
    "Adds to the logit": "Adds to the logit: of each class.",
    "Connections": "Connections: its strongest weights.",
}


@pytest.fixture(scope="module")
def pages():
    return paged(Sheet("unit 3", " ".join(SAID.values()), PANELS), room_on_page)


def test_each_page_says_what_is_on_it(pages):
    """Wherever the pages are cut; a page of one panel has its title in its own."""
    assert len(pages) > 2
    for page in pages:
        titles = [panel.title for panel in page.panels] + page.title.split(" · ")[1:]
        own = [said for name, said in SAID.items() if any(title.startswith(name) for title in titles if name)]
        assert page.summary == " ".join([SAID[""], *own])
    assert {one for page in pages for one in sentences(page.summary)} == set(sentences(" ".join(SAID.values())))


def test_each_page_is_named_after_what_is_on_it(pages):
    for page in pages:
        base, name = page.title.split(" · ")
        assert base == "unit 3"
        assert len(name) <= 32
        assert len(page.panels) == 1 or name.split(", ")[0] == page.panels[0].title.partition(" (")[0]


def test_the_whole_title_of_each_panel_is_over_it_or_in_the_title_of_its_page(pages):
    told = [{*page.title.split(" · ")[1:], *(panel.title for panel in page.panels)} for page in pages]
    assert all(any(panel.title in titles for titles in told) for panel in PANELS)
    assert {"Weights", PANELS[1].title} in told


def test_a_word_that_only_begins_like_a_title_is_no_title():
    said = "Loss: of the test set. Weight: 3 kg. Noise: none."
    assert said_of(["Loss"], ["Weights", "Other"], said) == said
    assert said_of(["Loss"], ["Weight of all"], said) == "Loss: of the test set."
