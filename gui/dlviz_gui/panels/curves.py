"""Lines over a common x, drawn in software by pyqtgraph, which is loaded when the first are shown."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
from qtpy.QtCore import QPointF, Qt, Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from dlviz.sheet import Curves
from dlviz.spacing import evenly_spaced
from dlviz_gui.panels.series_names import SeriesNames
from dlviz_gui.theme import seen_on
from dlviz_gui.tips import show_tip

NAME = 100
"""Pixels along the axis that a name gets at most."""
FEWEST = 3
"""Where fewer names than this have room, the first and the last stand under the axis."""

MOST_NAMES = 0.4
"""What the names of the lines take of the height at most."""
TICKS, MOST_DECIMALS = 4, 6
"""About so many numbers stand at an axis, with so many decimals at most."""
AXIS = 34
"""Pixels between an axis and the numbers at it, and round these."""
MOST_DOTS = 40
"""Lines of so many points have each of them marked."""
REACH = 12
"""Pixels from a point at which it is still meant."""
MOST_THICK = 400
"""Lines of more points are thin and not smoothed, which is painted a hundred times faster."""


def load() -> None:
    """Import pyqtgraph, which takes 40 ms; in the main thread, as every module of Qt, or the program may crash."""
    os.environ.setdefault("PYQTGRAPH_QT_LIB", "PyQt5")
    import pyqtgraph  # noqa: F401


class CurvesWidget(QWidget):
    """Shows a `Curves` panel."""

    weights_chosen = Signal(tuple)
    """The number of a weight whose point was clicked, a `OneWeight`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        load()
        import pyqtgraph

        self.setAccessibleName("Curves")
        self.setMinimumSize(160, 120)
        self.panel: Curves | None = None
        self._lines: dict[str, Any] = {}
        self._colours = 0
        self._pen = pyqtgraph.mkPen
        self._plot = pyqtgraph.PlotWidget(background=None, useOpenGL=False, enableMenu=False)
        for side in ("left", "bottom"):  # now, for later it would keep the prefix of the range that it has by then
            self._plot.getAxis(side).enableAutoSIPrefix(False)
        self._plot.getAxis("bottom").setStyle(autoExpandTextSpace=False)  # to four fifths of what type takes
        self._plot.showGrid(x=True, y=True, alpha=0.2)
        self._plot.scene().sigMouseClicked.connect(self._on_click)
        self._plot.scene().sigMouseMoved.connect(self._on_move)
        self._names = SeriesNames()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._names)
        layout.addWidget(self._plot, 1)

    def set_panel(self, panel: Curves) -> None:
        """Show another panel; of the same names only the lines move, as while a lesson is played."""
        x = np.arange(len(panel.x)) if panel.x_labels else panel.x
        if self._dressed_for(panel):
            for name, y in panel.series.items():
                self._lines[name].setData(*_drawn(x, y))
            self.panel = panel
            return
        self.panel = panel
        self._colours = self.palette().cacheKey()
        palette = self.palette()
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(palette.mid().color())
            axis.setTextPen(palette.text().color())
            axis.setStyle(tickFont=self.font())
        self._plot.getAxis("bottom").setStyle(tickTextHeight=self.fontMetrics().height())
        self._plot.getAxis("bottom").setTicks(None)
        self._plot.enableAutoRange()
        if panel.limits:
            self._plot.setYRange(*panel.limits)
        self._plot.clear()
        self._plot.setLogMode(x=False, y=panel.log)
        self._lines = {}
        for i, (name, y) in enumerate(panel.series.items()):
            few = len(x) <= MOST_THICK
            colour = seen_on(palette, panel.colours[i % len(panel.colours)]).name()
            pen = self._pen(colour, width=2 if few else 1) if panel.joined else None
            self._lines[name] = self._plot.plot(*_drawn(x, y), pen=pen, antialias=few, **_dots(panel, colour))
        self._names.set_names(list(panel.series), panel.colours)
        self._write()

    def covered_in(self, panel: Curves, height: float, width: float) -> float:
        """The pixels that the axes of a panel would frame of so many."""
        names = self._names.height_for(tuple(panel.series), int(width), int(MOST_NAMES * height))
        line = self.fontMetrics().height()
        beside = self.fontMetrics().horizontalAdvance(_longest_number(panel)) + (line if panel.y_title else 0) + AXIS
        below = line * (2 if panel.x_title or panel.x_labels else 1) + AXIS
        return float(max(width - beside, 0) * max(height - names - below, 0))

    def _point_at(self, place: QPointF) -> tuple[int, int] | None:
        """The line, and the number on it, of the point of a weight at a place of the scene; None where there is none
        within reach."""
        if self.panel is None or self.panel.weight is None:
            return None
        box = self._plot.getPlotItem().getViewBox()
        at, (across, up) = box.mapSceneToView(place), box.viewPixelSize()
        y = np.stack(list(self.panel.series.values()))  # (lines, n)
        far = np.hypot((self.panel.x - at.x()) / across, (y - at.y()) / up)
        line, number = np.unravel_index(int(far.argmin()), far.shape)
        return (int(line), int(number)) if far[line, number] <= REACH else None

    def _on_click(self, event: Any) -> None:
        point = self._point_at(event.scenePos())
        if point and self.panel and self.panel.weight and self.panel.weight.can_be_set:
            self.weights_chosen.emit(self.panel.weight.at(*point))

    def _on_move(self, place: QPointF) -> None:
        point = self._point_at(place)
        if self.panel and self.panel.weight:
            words = self.panel.weight.words_at(*point) if point else ""
            show_tip(self._plot.mapToGlobal(self._plot.mapFromScene(place)), words, self)

    def _dressed_for(self, panel: Curves) -> bool:
        """Whether axes, names and colours are already those of a panel."""
        old = self.panel
        return (
            old is not None
            and tuple(old.series) == tuple(panel.series)
            and (old.x_title, old.y_title, old.x_labels, old.log, old.limits)
            == (panel.x_title, panel.y_title, panel.x_labels, panel.log, panel.limits)
            and (old.joined, old.colours, _is_dotted(old)) == (panel.joined, panel.colours, _is_dotted(panel))
            and self._colours == self.palette().cacheKey()
        )

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._names.set_room(int(MOST_NAMES * self.height()))
        self._write()

    def _write(self) -> None:
        """As many names along the axes as have room: the first, the last, and evenly between them."""
        if self.panel is None:
            return
        metrics, size = self.fontMetrics(), {"font-size": f"{self.font().pointSizeF():g}pt"}
        short = metrics.elidedText(self.panel.y_title, Qt.ElideRight, int(0.8 * self.height()))
        self._plot.setLabel("left", short, **size)
        below = self.panel.x_title
        if self.panel.x_labels:
            names = [metrics.elidedText(name, Qt.ElideMiddle, NAME) for name in self.panel.x_labels]
            shown = self._named(names)
            if len(shown) < min(FEWEST, len(names)):
                shown, below = [], f"{names[0]} → {names[-1]}"
                self._plot.setXRange(0, len(names) - 1)
            self._plot.getAxis("bottom").setTicks([[(n, names[n]) for n in shown]])
            self._plot.getAxis("bottom").setStyle(tickTextHeight=metrics.height() if shown else 0)
        self._plot.setLabel("bottom", metrics.elidedText(below, Qt.ElideMiddle, self.width() - NAME // 2), **size)

    def _named(self, names: list[str]) -> list[int]:
        """The points whose names have room, with room for half a name at both ends of the axis."""
        wide = self.fontMetrics().horizontalAdvance
        widest = max(map(wide, names)) + self.fontMetrics().averageCharWidth()
        first, last, room = wide(names[0]) / 2, wide(names[-1]) / 2, self.width() - NAME
        gaps = max(len(names) - 1, 1)
        along = max(room - first - last, 1.0)
        self._plot.setXRange(-first * gaps / along, gaps + last * gaps / along, padding=0)
        return evenly_spaced(len(names), gaps // max(1, math.ceil(gaps * widest / along)) + 1).tolist()


def _is_dotted(panel: Curves) -> bool:
    """Whether each point is marked: where there are few, or nothing else is drawn."""
    return len(panel.x) <= MOST_DOTS or not panel.joined


def _dots(panel: Curves, colour: str) -> dict[str, Any]:
    """How each point is marked."""
    return {"symbol": "o", "symbolSize": 6, "symbolBrush": colour, "symbolPen": None} if _is_dotted(panel) else {}


def _drawn(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The points of a line: none where all are NaN, of which pyqtgraph warns."""
    return (x, y) if np.isfinite(y).any() else (x[:0], y[:0])


def _longest_number(panel: Curves) -> str:
    """A number as long as those at the upright axis, which differ in the last of their digits."""
    values = np.concatenate([np.asarray(y, np.float64) for y in panel.series.values()] or [np.zeros(1)])
    values = values[np.isfinite(values)]
    span = float(np.ptp(values)) if len(values) else 0.0
    decimals = math.ceil(-math.log10(span / TICKS)) if span > 0 else 1
    return f"−0.{'0' * min(max(decimals, 1), MOST_DECIMALS)}"
