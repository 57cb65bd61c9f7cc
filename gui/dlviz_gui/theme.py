"""Light and dark: one palette each, chosen by the system's, and the few rules that a palette cannot express."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qtpy.QtGui import QColor, QFont, QPalette
from qtpy.QtWidgets import QApplication

from dlviz.style import ACCENT, ACCENT_ON_DARK, BLUE, BLUE_ON_DARK, RIGHT, RIGHT_ON_DARK

LEAST_POINTS = 10.5
"""The smallest size of type that is legible on a projector, in points."""
USUAL = "usualPointSize"
"""The application's property that keeps the size of type without a scale."""
_ON_DARK = {BLUE: BLUE_ON_DARK, RIGHT: RIGHT_ON_DARK}
DIM = 0.25
"""The opacity of pictures that cannot be chosen."""


@dataclass(frozen=True)
class Colours:
    """A scheme in CSS colours."""

    window: str
    pane: str
    base: str
    raised: str
    text: str
    dim: str
    line: str
    accent: str
    on_accent: str


LIGHT = Colours("#e9ecf0", "#ffffff", "#ffffff", "#f4f6f8", "#1b222c", "#5a6572", "#c9cfd6", ACCENT, "#ffffff")
DARK = Colours("#16191d", "#22272d", "#14171b", "#2e353d", "#eceff2", "#a3adb8", "#414a54", ACCENT_ON_DARK, "#0d1117")


def is_dark(palette: QPalette) -> bool:
    """Whether a palette writes light on dark."""
    return palette.window().color().lightness() < palette.windowText().color().lightness()


def seen_on(palette: QPalette, colour: str) -> QColor:
    """The colour of a line or mark, lighter where it would be hard to see."""
    return QColor(_ON_DARK.get(colour, colour) if is_dark(palette) else colour)


def apply(app: QApplication, dark: bool | None = None, scale: float = 1.0) -> None:
    """Dress the application, as light or dark as the system is unless `dark` says otherwise.

    Args:
        scale: how much larger type is than usual.
    """
    chosen = DARK if (is_dark(app.palette()) if dark is None else dark) else LIGHT
    app.setStyle("Fusion")
    app.setPalette(_palette(chosen))
    font = QFont(app.font())
    usual = app.property(USUAL) or max(LEAST_POINTS, font.pointSizeF())
    app.setProperty(USUAL, usual)
    font.setPointSizeF(usual * scale)
    app.setFont(font)
    rules = _RULES.format(**chosen.__dict__)
    app.setStyleSheet(re.sub(r"(\d+)pt", lambda points: f"{float(points[1]) * scale:.1f}pt", rules))


def scale() -> float:
    """How much larger type is than usual."""
    app = QApplication.instance()
    usual = app.property(USUAL)
    return float(app.font().pointSizeF() / usual) if usual else 1.0


def _palette(c: Colours) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.Window: c.window,
        QPalette.WindowText: c.text,
        QPalette.Base: c.base,
        QPalette.AlternateBase: c.raised,
        QPalette.Text: c.text,
        QPalette.Button: c.raised,
        QPalette.ButtonText: c.text,
        QPalette.BrightText: c.on_accent,
        QPalette.ToolTipBase: c.raised,
        QPalette.ToolTipText: c.text,
        QPalette.Highlight: c.accent,
        QPalette.HighlightedText: c.on_accent,
        QPalette.Link: c.accent,
        QPalette.PlaceholderText: c.dim,
        QPalette.Mid: c.line,
        QPalette.Midlight: c.line,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.WindowText, QPalette.Text, QPalette.ButtonText):
        palette.setColor(QPalette.Disabled, role, QColor(c.dim))
    return palette


_RULES = """
QSplitter::handle {{ background: {window}; }}
QToolTip {{ color: {text}; background: {raised}; border: 1px solid {line}; padding: 4px; }}
QGraphicsView, QPlainTextEdit, FilmStrip, LayerList {{ background: transparent; }}
QFrame#pane {{ background: {pane}; border: 1px solid {line}; border-radius: 6px; }}
QFrame#message {{ background: {accent}; border-radius: 6px; }}
QFrame#message QLabel, QFrame#message QToolButton {{ color: {on_accent}; background: transparent; border: none; }}
QLabel#dim {{ color: {dim}; }}
QLabel#veil {{ font-size: 16pt; color: {text}; }}
QLabel#veil[small="true"] {{ font-size: 11pt; }}
QLabel#heading {{ font-weight: 600; }}
QLabel#title {{ font-size: 18pt; font-weight: 600; }}
QLabel#says {{ font-size: 12pt; }}
QLabel#lesson {{ font-size: 14pt; }}
QLabel#question {{ font-size: 14pt; font-weight: 600; color: {accent}; }}
QAbstractScrollArea {{ border: none; }}
QPlainTextEdit#notes {{ font-size: 13pt; background: {base}; border: 1px solid {line}; border-radius: 4px; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QTabBar::tab {{ padding: 6px 9px; margin-right: 0; border: none; border-bottom: 3px solid transparent;
    color: {dim}; background: transparent; }}
QTabBar::tab:selected {{ color: {text}; border-bottom-color: {accent}; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:disabled {{ color: {line}; }}
QToolButton#corner {{ padding: 2px 12px; margin-right: 8px; border: none; color: {accent}; background: transparent; }}
QToolButton#corner:hover {{ background: {line}; border-radius: 4px; }}
QToolButton#more {{ padding: 6px 18px 6px 9px; border: none; color: {dim}; background: transparent; }}
QToolButton#more::menu-indicator {{ subcontrol-position: right center; right: 6px; }}
QToolButton#more:hover {{ color: {text}; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 11px; }}
QScrollBar:horizontal {{ height: 11px; }}
QScrollBar::handle {{ background: {line}; border-radius: 4px; margin: 1px; min-width: 28px; min-height: 28px; }}
QScrollBar::handle:hover {{ background: {dim}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ border: 1px solid {line}; border-radius: 4px; background: {base}; text-align: center; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
"""
