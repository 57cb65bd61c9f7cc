"""A contact sheet to zoom, drag, hover over and click: one pixmap."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from qtpy.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QThreadPool, QTimer, Signal
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QApplication, QFrame, QGraphicsScene, QGraphicsView, QWidget

from dlviz.draw.pixels import overlay, to_rgb
from dlviz.grammar import in_digits
from dlviz.layout.blocks import stands_in_blocks
from dlviz.sheet import Image, OneWeight, Place, Tiles
from dlviz_gui.panels.mosaic_grid import grid_in
from dlviz_gui.panels.mosaic_item import MosaicItem
from dlviz_gui.panels.mosaic_layout import RIM, Grid, compose
from dlviz_gui.tips import show_tip

STEP = 1.2
"""Zoom factor of one notch of the wheel."""
CLOSEST = 40.0
"""The largest zoom, in multiples of the one at which everything fits."""


class _Told(QObject):
    rendered = Signal(int, object, object, object, object)


def _pixels(panel: Tiles | Image) -> np.ndarray:
    """The tiles (n, height, width, channel) of a panel, or its one picture (height, width, channel)."""
    return panel.images if isinstance(panel, Tiles) else panel.pixels


def _colours(panel: Tiles | Image) -> np.ndarray:
    if isinstance(panel, Tiles):
        return to_rgb(panel.images, panel.scale)
    rgb = to_rgb(panel.pixels[None], panel.scale)
    return rgb if panel.heat is None else overlay(rgb[0], panel.heat)[None]


class Mosaic(QGraphicsView):
    """Shows `Tiles`, or an `Image` as a single tile."""

    chosen = Signal(str, int)
    """What a click chooses (`Tiles.selects`) and its key."""
    weights_chosen = Signal(tuple)
    """The numbers of a weight that were clicked, a `OneWeight` each."""
    place_chosen = Signal(object)
    """The `Place` of an image that was clicked."""
    touched = Signal(str, object)
    """The option that a click on a tile sets, and its value."""
    shown = Signal()
    """The panel that was set last is on screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.NoFrame)
        self.setAccessibleName("Mosaic")
        self.setTransformationAnchor(QGraphicsView.AnchorUnderMouse)
        self.setViewportUpdateMode(QGraphicsView.FullViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.DontSavePainterState)
        self.setAlignment(Qt.AlignTop | Qt.AlignHCenter)
        self.setMouseTracking(True)
        self.setMinimumSize(60, 60)
        scene = QGraphicsScene(self)
        self.setScene(scene)
        self.item = MosaicItem()
        scene.addItem(self.item)
        self.panel: Tiles | Image | None = None
        """What was set last."""
        self._told = _Told()
        self._told.rendered.connect(self._on_rendered)
        self._number = 0
        self._rgb: np.ndarray | None = None
        self._fitted = True
        self._pressed: QPoint | None = None
        self._dragged = False
        self._again = QTimer(self, singleShot=True, interval=40)
        self._again.timeout.connect(self._refit)

    def set_panel(self, panel: Tiles | Image) -> None:
        """Show another panel; what is zoomed stays so where the tiles are as many and as large.

        Pictures of another shape go at once: they are of something else, and new words may stand over them already.
        """
        same = self.panel is not None and _pixels(panel).shape == _pixels(self.panel).shape
        self._fitted = self._fitted or not (same and isinstance(panel, Tiles))
        if not same:
            self.item.hide()
        self.panel = panel
        self._rgb = None
        self._render()

    def set_selected(self, key: int, picked: frozenset[int] = frozenset()) -> None:
        """Frame the tiles of a unit, and more lightly those of others that are picked."""
        self.item.selected, self.item.picked = key, picked
        self.item.update()

    def fit(self) -> None:
        """Zoom so that everything is seen."""
        self._fitted = True
        self._render()

    def _refit(self) -> None:
        if self._fitted:
            self._render()

    # -- rendering ---------------------------------------------------------------------------------------------

    def _render(self) -> None:
        """Numbers to a picture, away from the event loop."""
        if self.panel is None:
            return
        self._number += 1
        room = self.maximumViewportSize()
        grid = self.grid_in(self.panel, room.height(), room.width())
        number, panel, rgb, told = self._number, self.panel, self._rgb, self._told

        def work() -> None:
            colours = _colours(panel) if rgb is None else rgb
            canvas = compose(colours, grid)
            with suppress(RuntimeError):  # the window is gone
                told.rendered.emit(number, panel, colours, canvas, grid)

        QThreadPool.globalInstance().start(work)

    def grid_in(self, panel: Tiles | Image, height: float, width: float) -> Grid:
        """How a panel is laid out in so many screen pixels."""
        return grid_in(panel, (int(height) - 2 * RIM, int(width) - 2 * RIM), self.font())

    def covered_in(self, panel: Tiles | Image, height: float, width: float) -> float:
        """The pixels that the tiles of a panel would cover of so many."""
        return self.grid_in(panel, height, width).pictures

    def has_room_for_captions(self, panel: Tiles, height: float, width: float) -> bool:
        """Whether there are captions, where a panel has some, if its tiles stand in so many screen pixels."""
        return (
            not any(panel.captions) or stands_in_blocks(panel) or self.grid_in(panel, height, width).caption_lines > 0
        )

    def _on_rendered(self, number: int, panel: Tiles | Image, rgb: np.ndarray, canvas: np.ndarray, grid: Grid) -> None:
        if number != self._number:
            return
        self._rgb = rgb
        height, width = canvas.shape[:2]
        image = QImage(canvas.data, width, height, 4 * width, QImage.Format_ARGB32_Premultiplied)
        self.item.set_picture(panel, QPixmap.fromImage(image), canvas, grid)
        self.item.show()
        rim = RIM / 2 / max(self._whole(), 1e-6)
        self.scene().setSceneRect(self.item.boundingRect().adjusted(-rim, -rim, rim, rim))
        if self._fitted:
            self._zoom_to(self._whole())
        self.shown.emit()

    def _whole(self) -> float:
        """The zoom at which everything fits."""
        grid = self.item.grid
        if grid is None:
            return 1.0
        height, width = grid.size
        room = self.maximumViewportSize()
        return min(grid.zoom, (room.width() - 2 * RIM) / width, (room.height() - 2 * RIM) / height)

    def _zoom_to(self, zoom: float) -> None:
        self.resetTransform()
        self.scale(zoom, zoom)

    # -- what people do ----------------------------------------------------------------------------------------

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._again.start()

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.FontChange:
            self._again.start()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._again.start()  # it may have been laid out, and rendered, in another size meanwhile

    def wheelEvent(self, event) -> None:
        now, whole = self.transform().m11(), self._whole()
        to = now * STEP ** (event.angleDelta().y() / 120)
        if to <= whole:
            self.fit()
        else:
            self._fitted = False
            factor = min(to, whole * CLOSEST) / now
            self.scale(factor, factor)
        event.accept()

    def mousePressEvent(self, event) -> None:
        self.setFocus(Qt.MouseFocusReason)
        if event.button() == Qt.LeftButton:
            self._pressed, self._dragged = event.pos(), False

    def mouseMoveEvent(self, event) -> None:
        if self._pressed is None:
            self._hover(event)
            return
        moved = event.pos() - self._pressed
        if self._dragged or moved.manhattanLength() >= QApplication.startDragDistance():
            self._dragged = True
            self.viewport().setCursor(Qt.ClosedHandCursor)
            for bar, by in ((self.horizontalScrollBar(), moved.x()), (self.verticalScrollBar(), moved.y())):
                bar.setValue(bar.value() - by)
            self._pressed = event.pos()

    def mouseReleaseEvent(self, event) -> None:
        if event.button() != Qt.LeftButton:
            return
        at = None if self._dragged else self._at(event.pos())
        self._pressed = None
        self.viewport().unsetCursor()
        if at is not None and (place := self._place(*at)):
            sets = self.panel.sets if self.panel else ""
            if sets and event.modifiers() & Qt.ShiftModifier:
                self.touched.emit(sets, place.value)
            else:
                self.place_chosen.emit(place)
        elif at is not None and (weights := self._weights_at(*at)):
            self.weights_chosen.emit(weights)
        elif at is not None and (option := self._option_set_at(at[0])):
            self.touched.emit(*option)
        elif at is not None:
            self._choose(at[0])

    def mouseDoubleClickEvent(self, event) -> None:
        self.fit()

    def keyPressEvent(self, event) -> None:
        tile = self.item.neighbour(event.key())
        if tile is None:
            event.ignore()
        else:
            self._choose(tile)

    def viewportEvent(self, event) -> bool:
        if event.type() == QEvent.ToolTip:  # the pointer rests: Qt would take the tooltip away, as no item has one
            return True
        return super().viewportEvent(event)

    def leaveEvent(self, event) -> None:
        self.item.hover(None)
        super().leaveEvent(event)

    def _choose(self, tile: int) -> None:
        if isinstance(self.panel, Tiles) and self.panel.selects and tile < len(self.panel.keys):
            self.chosen.emit(self.panel.selects, self.panel.keys[tile])

    def _option_set_at(self, tile: int) -> tuple[str, str] | None:
        """The option that a click on a tile sets, if any, and its value."""
        panel = self.panel
        if not isinstance(panel, Tiles) or not panel.sets or panel.by != "click":
            return None
        return panel.sets, panel.column_labels[tile % len(panel.column_labels)]

    def _weights_at(self, tile: int, row: int, column: int) -> tuple[OneWeight, ...]:
        """What a click on a pixel sets: in a tile of the unit that is chosen, where units can be."""
        panel = self.panel
        if not isinstance(panel, Tiles) or panel.weight is None or not panel.weight.can_be_set:
            return ()
        is_chosen = not panel.selects or panel.keys[tile] == self.item.selected
        return panel.weight.at(tile, row, column) if is_chosen else ()

    def _place(self, tile: int, row: int, column: int) -> Place | None:
        return self.panel.place_at(row, column) if isinstance(self.panel, Image) else None

    def _at(self, pos: QPoint) -> tuple[int, int, int] | None:
        at = self.mapToScene(pos)
        return self.item.grid.at(at.y(), at.x()) if self.item.grid else None

    def place_at(self, pos: QPointF) -> tuple[float, float] | None:
        """(row, column) of the pixel at a place in the viewport."""
        at = self._at(pos.toPoint())
        return (at[1], at[2]) if at else None

    def _hover(self, event) -> None:
        at = self._at(event.pos())
        self.item.hover(at[0] if at else None)
        selects = isinstance(self.panel, Tiles) and self.panel.selects
        clickable = at and (self._place(*at) or selects or self._option_set_at(at[0]))
        self.viewport().setCursor(Qt.PointingHandCursor if clickable else Qt.ArrowCursor)
        show_tip(event.globalPos(), self.words_at(*at) if at else "", self)

    def words_at(self, tile: int, row: int, column: int) -> str:
        """What a pixel of a tile stands for: the unit or picture, and its numbers."""
        panel = self.panel
        assert panel is not None
        if place := self._place(tile, row, column):
            cuts = f"; Shift+click {'cuts it here' if place.value else 'puts it back'}" * bool(panel.sets)
            return f"unit {place.unit} of {place.layer}: click for its page, then X switches it off everywhere{cuts}"
        if isinstance(panel, Image):
            heat = "" if panel.heat is None else f", heat {in_digits(panel.heat[row, column])}"
            return f"row {row}, column {column}: {_numbers(panel.pixels[row, column])}{heat}"
        lines = []
        if tile < len(panel.keys) and panel.selects in ("unit", "input"):
            lines.append(f"{'unit' if panel.selects == 'unit' else 'picture'} {panel.keys[tile]}")
        if tile < len(panel.captions):
            lines.append(panel.captions[tile])
        lines += self.item.labels_of(tile)
        if panel.weight is None:
            lines.append(f"row {row}, column {column}: {_numbers(panel.images[tile, row, column])}")
        else:
            click = (
                "click to set it"
                if self._weights_at(tile, row, column)
                else "click for the unit, again to set the number"
            )
            lines.append(panel.weight.words_at(tile, row, column, click=click))
        return "\n".join(lines)


def _numbers(pixel: np.ndarray) -> str:
    return ", ".join(map(in_digits, pixel))
