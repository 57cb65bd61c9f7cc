"""Labels for text that may come from a file: always plain, never rich text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from qtpy.QtCore import QEvent, QRect, Qt
from qtpy.QtGui import QFont, QFontMetrics
from qtpy.QtWidgets import QApplication, QLabel, QSizePolicy, QWidget

from dlviz.grammar import sentences
from dlviz.options import Option

STAYS = 2**31 - 1
"""Milliseconds that a tooltip stays while the pointer rests, the most that Qt can count."""

QWIDGETSIZE_MAX = 2**24 - 1
"""Qt's own number for a height without a limit."""
SMALLEST = 0.8
"""Headings may be so much smaller than other words before they are broken."""
MORE = "…\u00a0more"
"""What ends a text that goes on; no line is broken in it."""


def tooltip(text: str) -> str:
    """`text` as a tooltip that shows it letter by letter."""
    return "<qt>" + escape(text).replace("\n", "<br>") + "</qt>" if text else ""


def set_tip(widget: QWidget, text: str) -> None:
    """Give a widget a tooltip that stays."""
    widget.setToolTip(tooltip(text))
    widget.setToolTipDuration(STAYS)


def label(text: str = "", role: str = "", parent: QWidget | None = None, *, wraps: bool = True) -> QLabel:
    """A label of plain text; `role` is one of those in the theme: heading, dim, says."""
    words = QLabel(text, parent)
    words.setTextFormat(Qt.PlainText)
    words.setObjectName(role)
    words.setWordWrap(wraps)
    return words


def title(name: str) -> str:
    """A view's or lesson's name as people write it, such as "Feature map" or "RNN unrolled"."""
    words = name.capitalize().replace("_", " ").replace("1d", " 1D").replace("2d", " 2D")
    return words.replace("Rnn", "RNN").replace("Xor", "XOR").replace("Tcav", "TCAV")


def in_sentence(name: str) -> str:
    """A view's or lesson's name within a sentence, such as "feature map" or "RNN unrolled"."""
    words = title(name)
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def in_words_of(options: Iterable[Option], sentence: str) -> str:
    """A sentence that names options as the command line spells them, in the words of their controls instead; what is
    only for the command line, in brackets, is left out."""
    for option in options:
        said = f"“{option.words}”"
        words = dict(zip(option.choices, option.labels, strict=False))
        for choice in re.findall(rf"\bchoose {option.name}=([^\s,;:]*[^\s,;:.])", sentence):
            sentence = sentence.replace(
                f"choose {option.name}={choice}", f"choose “{words.get(choice, choice)}” for {said}"
            )
        sentence = re.sub(rf"\bOption {option.name}=", f"{said}: ", sentence)
        sentence = re.sub(rf"\bOption {option.name}\b", said, sentence)
    return re.sub(r" \((?:dlviz [^()]*)?--[^()]*\)", "", sentence)


class ElidedLabel(QLabel):
    """One line of plain text that ends in dots where it does not fit; a click shows all of it, as the tooltip does."""

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.PlainText)
        self.setObjectName(role)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self._whole = ""
        self._is_open = False

    @property
    def words(self) -> str:
        """All of what is said."""
        return self._whole

    def set_words(self, text: str) -> None:
        """Show `text`."""
        self._is_open = self._is_open and text == self._whole
        self._whole = text
        set_tip(self, text)
        self.setAccessibleDescription(text)
        self._fit()

    def mousePressEvent(self, event) -> None:
        self._is_open = not self._is_open
        self._fit()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        elided = self.fontMetrics().elidedText(self._whole, Qt.ElideRight, self.width())
        self.setWordWrap(self._is_open)
        self.setText(self._whole if self._is_open else elided)
        least = max(self.heightForWidth(self.width()), 0)  # a negative number where words are not wrapped
        self.setMinimumHeight(least)
        self.setMaximumHeight(least or QWIDGETSIZE_MAX)
        self.setCursor(Qt.ArrowCursor if elided == self._whole else Qt.PointingHandCursor)


class HeadingLabel(ElidedLabel):
    """Plain text in one line, in smaller type where it then fits, else in two lines where it may be broken."""

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(role, parent)
        self._breaks = False

    def set_heading(self, text: str, breaks: bool) -> None:
        """Show `text`, in two lines if it must be and may."""
        self._breaks = breaks
        self.set_words(text)

    def height_of(self, text: str, width: float, breaks: bool) -> int:
        """Pixels that a text is high where it is so wide."""
        return len(self._set_in(text, width, breaks)[1]) * QFontMetrics(self._type()).height()

    def _type(self) -> QFont:
        """The type of a text that has room."""
        self.ensurePolished()
        usual = self.font()
        usual.setPointSizeF(QApplication.font().pointSizeF())
        return usual

    def _set_in(self, text: str, width: float, breaks: bool) -> tuple[QFont, list[str]]:
        """The type of a text and its lines, the last one with dots where it does not fit."""
        font = self._type()
        metrics, words = QFontMetrics(font), text.split(" ")
        share = (width - 2) / max(metrics.horizontalAdvance(text), 1)
        if share >= SMALLEST:
            font.setPointSizeF(font.pointSizeF() * min(share, 1.0))
            return font, [text]
        count = len(words)
        while breaks and count > 1 and metrics.horizontalAdvance(" ".join(words[:count])) > width:
            count -= 1
        lines = " ".join(words[:count]), " ".join(words[count:])
        return font, [metrics.elidedText(line, Qt.ElideRight, int(width)) for line in lines if line]

    def changeEvent(self, event) -> None:
        """Keep the type where the application is dressed anew."""
        super().changeEvent(event)
        if event.type() == QEvent.StyleChange:
            self._fit()

    def _fit(self) -> None:
        font, lines = self._set_in(self._whole, self.width(), self._breaks)
        if self._is_open:
            font = self._type()
        if font != self.font():
            self.setFont(font)
        super()._fit()
        if not self._is_open:
            self.setText("\n".join(lines))
            self.setFixedHeight(self.height_of(self._whole, self.width(), self._breaks))
            self.setCursor(Qt.ArrowCursor if " ".join(lines) == self._whole else Qt.PointingHandCursor)


class FoldedLabel(QLabel):
    """The first sentences of a plain text, as many as stand in some lines, one at least; a click shows all of them."""

    def __init__(self, role: str, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.PlainText)
        self.setObjectName(role)
        self.setWordWrap(True)
        self._lines = lines
        self._whole = ""
        self._is_open = False

    @property
    def words(self) -> str:
        """All of what is said."""
        return self._whole

    def set_words(self, text: str) -> None:
        """Show `text`."""
        self._whole, self._is_open = text, False
        self.setAccessibleDescription(text)
        self._fit()

    def set_lines(self, lines: int) -> None:
        """Let it take so many lines."""
        self._lines = lines
        self._fit()

    def mousePressEvent(self, event) -> None:
        self._is_open = not self._is_open
        self._fit()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        said = sentences(self._whole)
        count = len(said) if self._is_open else next(filter(lambda n: self._fits(said, n), range(len(said), 1, -1)), 1)
        self.setText(_beginning(said, count))
        folded = not self._fits(said, len(said))
        set_tip(self, self._whole if count < len(said) else "")
        self.setCursor(Qt.PointingHandCursor if folded else Qt.ArrowCursor)

    def _fits(self, said: list[str], count: int) -> bool:
        """Whether the first `count` sentences stand in the lines."""
        room = QRect(0, 0, max(self.width(), 1), 0)
        metrics = self.fontMetrics()
        needed = metrics.boundingRect(room, Qt.TextWordWrap, _beginning(said, count)).height()
        return needed <= metrics.height() + (self._lines - 1) * metrics.lineSpacing()


def _beginning(said: list[str], count: int) -> str:
    """The first sentences, and that there are more where there are."""
    return " ".join([*said[:count], *([MORE] if count < len(said) else [])])
