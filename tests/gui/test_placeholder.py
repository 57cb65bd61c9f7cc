"""Words stand whole where there is no picture."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QApplication

from dlviz_gui import theme
from dlviz_gui.panes.placeholder import Placeholder


def test_words_that_would_be_cut_are_smaller(qtbot: Any) -> None:
    theme.apply(QApplication.instance())
    words = Placeholder("Nothing is shown yet.")
    qtbot.addWidget(words)
    words.resize(300, 180)
    words.show()
    qtbot.waitExposed(words)
    large = words.fontMetrics().height()
    words.setText("Unknown data two.npz; give digits, fashion, photos, a folder of pictures or a file. " * 2)
    assert words.fontMetrics().height() < large
    assert words.heightForWidth(words.width()) <= words.height()
    words.setText("Short again.")
    assert words.fontMetrics().height() == large
