"""Sentences over a picture leave it its room."""

from __future__ import annotations

from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QVBoxLayout, QWidget

from dlviz.options import options_of
from dlviz.views import view
from dlviz_gui.labels import MORE, ElidedLabel, FoldedLabel, HeadingLabel, in_sentence, in_words_of

TEXT = "The first sentence says what is seen. The second is for those who ask. " * 8


@pytest.fixture
def folded(qtbot: Any) -> FoldedLabel:
    label = FoldedLabel("summary", 2)
    qtbot.addWidget(label)
    label.resize(500, 60)
    label.show()
    label.set_words(TEXT.strip())
    return label


def test_a_long_text_begins_with_whole_sentences_and_is_opened_by_a_click(qtbot: Any, folded: FoldedLabel) -> None:
    assert folded.text().endswith(f". {MORE}")
    assert TEXT.startswith(folded.text().removesuffix(f" {MORE}"))
    assert folded.heightForWidth(500) <= 2 * folded.fontMetrics().lineSpacing() + 2
    qtbot.mouseClick(folded, Qt.LeftButton)
    assert folded.text() == folded.words == TEXT.strip()
    folded.set_words("A short one.")
    assert folded.text() == "A short one."


def test_what_stands_in_the_lines_is_not_folded(qtbot: Any) -> None:
    label = FoldedLabel("summary", 2)
    qtbot.addWidget(label)
    first, second = "The first sentence is here.", "The second one as well."
    label.resize(label.fontMetrics().horizontalAdvance(f"{first} The second"), 60)  # two lines, neither full
    label.show()
    label.set_words(f"{first} {second}")
    assert label.text() == f"{first} {second}"


def test_more_lines_show_more_of_a_text(folded: FoldedLabel) -> None:
    assert folded.text() != folded.words
    folded.set_lines(12)
    assert folded.text() == folded.words
    folded.set_lines(2)
    assert folded.text().endswith(MORE)


def test_a_line_that_is_cut_is_whole_after_a_click_and_cut_again_after_another(qtbot: Any) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    label, note = ElidedLabel("dim"), "photos: broken.jpg cannot be read and is left out of 12 pictures. " * 3
    QVBoxLayout(box).addWidget(label)
    box.resize(300, 300)
    box.show()
    label.set_words(note)
    assert label.text().endswith("…")
    qtbot.mouseClick(label, Qt.LeftButton)
    assert label.text() == note
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()) > 2 * label.fontMetrics().height())
    qtbot.mouseClick(label, Qt.LeftButton)
    assert label.text().endswith("…")
    qtbot.mouseClick(label, Qt.LeftButton)
    label.set_words("short")
    assert label.text() == "short"


def test_a_heading_is_made_smaller_then_broken_into_two_lines_before_it_is_cut(qtbot: Any) -> None:
    heading, words = HeadingLabel("heading"), "Top patches in photos400"
    qtbot.addWidget(heading)
    heading.set_heading(words, breaks=True)
    heading.show()
    line, wide, size = (
        heading.height(),
        heading.fontMetrics().horizontalAdvance(words),
        QApplication.font().pointSizeF(),
    )
    for width, shown, lines in ((2 * wide, words, 1), (0.9 * wide, words, 1), (0.7 * wide, words, 2)):
        heading.resize(round(width), line)
        assert heading.text().replace("\n", " ") == shown
        assert heading.text().count("\n") == lines - 1
        assert heading.height_of(words, width, breaks=True) == heading.minimumHeight() == lines * line
        assert heading.font().pointSizeF() == pytest.approx(size * (1 if width != 0.9 * wide else 0.9), rel=0.02)
        assert max(map(heading.fontMetrics().horizontalAdvance, heading.text().split("\n"))) <= width
    heading.set_heading(words, breaks=False)
    assert heading.text().endswith("…")


@pytest.mark.parametrize(
    ("name", "words"), [("feature_map", "feature map"), ("tcav", "TCAV"), ("rnn_unrolled", "RNN unrolled")]
)
def test_names_within_a_sentence(name: str, words: str) -> None:
    assert in_sentence(name) == words


@pytest.mark.parametrize(
    ("name", "sentence", "said"),
    [
        ("failures", "Option target=zebra is not a class of lenet5: choose any.",
         "“taken for”: zebra is not a class of lenet5: choose any."),
        ("ablation", "Option scale has x where a number stands in 2:0.5.",
         "“scale” has x where a number stands in 2:0.5."),
        ("patches", "It has no class that counts: choose by=activation.",
         "It has no class that counts: choose “response” for “ranked by”."),
        ("transfer", "transfer needs a second network beside lenet5: choose one (--other).",
         "transfer needs a second network beside lenet5: choose one."),
        ("failures", "a.csv is not a data set.", "a.csv is not a data set."),
        ("saliency", "Only b is explained; for another input choose of=a.b.",
         "Only b is explained; for another input choose “a.b” for “input explained”."),
        ("predictions", "These digits are a guess: choose your own data (--data).",
         "These digits are a guess: choose your own data."),
        ("predictions", "It has nothing for b: give each (--input NAME=INPUT).", "It has nothing for b: give each."),
        ("epochs", "net is one network, not the folder of a training (dlviz train --keep-epochs).",
         "net is one network, not the folder of a training."),
        ("predictions", "The classes (a (1), b (2)) are not --data.", "The classes (a (1), b (2)) are not --data."),
    ],
)  # fmt: skip
def test_options_are_called_what_their_controls_are(name: str, sentence: str, said: str) -> None:
    assert in_words_of(options_of(view(name)), sentence) == said
