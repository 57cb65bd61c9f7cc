"""What a mosaic paints: its one pixmap, and over it, in screen pixels, frames, captions and labels."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPalette, QPen, QPixmap
from qtpy.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from dlviz.sheet import Image, Tiles
from dlviz.style import FRAME, PURPLE
from dlviz_gui.panels.captions import captions_in, headings_in
from dlviz_gui.panels.mosaic_layout import BlockGrid, Grid

BOX = QColor(FRAME)
"""Frames inside tiles: receptive fields."""
OUTLINED = 12
"""Tiles wider than this, in screen pixels, get a thin line round them: some are as light as the page."""
PICKED = QColor(PURPLE)
"""The frame of tiles that are picked beside the chosen one."""
_STEPS = {Qt.Key_Left: (0, -1), Qt.Key_Right: (0, 1), Qt.Key_Up: (-1, 0), Qt.Key_Down: (1, 0)}


class MosaicItem(QGraphicsItem):
    """The tiles of a panel on a grid."""

    def __init__(self) -> None:
        super().__init__()
        self.panel: Tiles | Image | None = None
        self.grid: Grid | None = None
        self.selected = -1
        """The key whose tiles are framed."""
        self.picked: frozenset[int] = frozenset()
        """Keys whose tiles are marked besides."""
        self._hovered: int | None = None
        self._pixmap = QPixmap()
        self._canvas: np.ndarray | None = None  # the pixmap may share its memory

    def set_picture(self, panel: Tiles | Image, pixmap: QPixmap, canvas: np.ndarray, grid: Grid) -> None:
        """Show a panel as `pixmap`, whose memory is `canvas`, premultiplied BGRA (height, width, 4)."""
        self.prepareGeometryChange()
        self.panel = panel
        self._pixmap, self._canvas, self.grid = pixmap, canvas, grid
        self._hovered = None
        self.update()

    def hover(self, tile: int | None) -> None:
        """Frame the tile under the mouse."""
        if tile != self._hovered:
            self._hovered = tile
            self.update()

    def boundingRect(self) -> QRectF:
        if self.grid is None:
            return QRectF()
        height, width = self.grid.size
        return QRectF(0, 0, width, height)

    def neighbour(self, key: int) -> int | None:
        """The tile that an arrow key leads to from the selected one, None where it leads nowhere."""
        panel, grid = self.panel, self.grid
        if key not in _STEPS or not isinstance(panel, Tiles) or not panel.selects or self.selected not in panel.keys:
            return None
        down, right = _STEPS[key]
        tile = panel.keys.index(self.selected)
        while grid and 0 <= tile < len(panel.keys):
            if panel.keys[tile] != self.selected:
                return tile
            tile += right + down * grid.below
        return None

    def labels_of(self, tile: int) -> list[str]:
        """The labels of a tile's row and column."""
        if not isinstance(self.panel, Tiles) or self.grid is None:
            return []
        row, column = divmod(tile, self.grid.columns)
        labels = (self.panel.row_labels[row : row + 1], self.panel.column_labels[column : column + 1])
        return [words for words in (*labels[0], *labels[1]) if words]

    # -- painting ----------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self.grid is None or widget is None:
            return
        transform = painter.worldTransform()
        zoom = transform.m11()
        painter.setRenderHint(QPainter.SmoothPixmapTransform, zoom < 1)
        painter.drawPixmap(0, 0, self._pixmap)
        painter.resetTransform()
        palette = widget.palette()
        at = transform.map(QPointF(0, 0))
        usual = painter.font()
        captions, narrow = self._captions(usual, zoom)
        for tile, rect in self._visible(at, zoom, widget):
            self._paint_boxes(painter, tile, rect, zoom * self.grid.finer)
            self._paint_frame(painter, tile, rect, palette)
            painter.setFont(narrow)
            self._paint_caption(painter, captions[tile] if tile < len(captions) else "", tile, rect, zoom, palette)
            painter.setFont(usual)
        self._paint_labels(painter, at, zoom, palette)
        painter.setWorldTransform(transform)

    def _visible(self, at: QPointF, zoom: float, widget: QWidget) -> Iterator[tuple[int, QRectF]]:
        """The tiles in view, and where they are on the screen."""
        grid, view = self.grid, QRectF(widget.rect())
        assert grid is not None
        for tile in range(grid.n):
            top, left = grid.corner(tile)
            rect = QRectF(at.x() + left * zoom, at.y() + top * zoom, grid.width * zoom, grid.height * zoom)
            if rect.intersects(view):
                yield tile, rect

    def _paint_boxes(self, painter: QPainter, tile: int, rect: QRectF, zoom: float) -> None:
        panel = self.panel
        if panel is None or panel.boxes is None:
            return
        boxes = panel.boxes if isinstance(panel, Image) else panel.boxes[tile : tile + 1]
        painter.setBrush(Qt.NoBrush)
        painter.setPen(QPen(BOX, 2))
        for top, left, bottom, right in boxes:
            if bottom > top and right > left:
                painter.drawRect(
                    QRectF(left * zoom, top * zoom, (right - left) * zoom, (bottom - top) * zoom)
                    .translated(rect.topLeft())
                    .adjusted(1, 1, -1, -1)
                )

    def _paint_frame(self, painter: QPainter, tile: int, rect: QRectF, palette: QPalette) -> None:
        panel = self.panel
        keys = panel.keys if isinstance(panel, Tiles) and panel.selects else ()
        chosen = tile < len(keys) and keys[tile] == self.selected
        painter.setBrush(Qt.NoBrush)
        if rect.width() > OUTLINED:
            painter.setPen(QPen(palette.mid().color(), 1))
            painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
        if isinstance(self.grid, BlockGrid):
            return
        if tile < len(keys) and keys[tile] in self.picked:
            painter.setPen(QPen(PICKED, 4))
            painter.drawRect(rect.adjusted(-2, -2, 2, 2))
        elif chosen or tile == self._hovered:
            painter.setPen(QPen(palette.highlight().color() if chosen else palette.mid().color(), 3 if chosen else 2))
            painter.drawRect(rect.adjusted(-2, -2, 2, 2))

    def _captions(self, usual: QFont, zoom: float) -> tuple[tuple[str, ...], QFont]:
        """The captions, and one font for all."""
        assert self.grid is not None
        captions = self.panel.captions if isinstance(self.panel, Tiles) else ()
        return captions_in(captions, usual, self.grid, zoom)[:2]

    def _paint_caption(
        self, painter: QPainter, words: str, tile: int, rect: QRectF, zoom: float, palette: QPalette
    ) -> None:
        panel, grid = self.panel, self.grid
        assert grid is not None
        room = grid.room_for_words(zoom)
        metrics = QFontMetricsF(painter.font())
        if words and grid.gap_y * zoom >= metrics.height() and rect.width() >= 3 * metrics.averageCharWidth():
            chosen = isinstance(panel, Tiles) and tile < len(panel.keys) and panel.keys[tile] == self.selected
            painter.setPen(palette.text().color() if chosen else palette.placeholderText().color())
            for number, line in enumerate(words.split("\n")):
                place = QRectF(rect.left(), rect.bottom() + 2 + number * metrics.height(), room, metrics.height())
                painter.drawText(place, Qt.AlignLeft | Qt.AlignTop, metrics.elidedText(line, Qt.ElideRight, room))

    def _paint_labels(self, painter: QPainter, at: QPointF, zoom: float, palette: QPalette) -> None:
        panel, grid = self.panel, self.grid
        if not isinstance(panel, Tiles) or grid is None:
            return
        if isinstance(grid, BlockGrid):
            self._paint_units(painter, panel, grid, at, zoom, palette)
            return
        metrics = QFontMetricsF(painter.font())
        painter.setPen(palette.text().color())
        if grid.top:
            usual, room = painter.font(), grid.room_for_words(zoom)
            labels, font = headings_in(panel.column_labels, usual, room, int(grid.top * zoom / metrics.height()))
            painter.setFont(font)
            for block in range(grid.blocks):
                for column, words in enumerate(labels):
                    left = at.x() + grid.corner(block * grid.rows * grid.columns + column)[1] * zoom
                    line = QRectF(left, at.y(), room, grid.top * zoom)
                    self._write(painter, line, words, QFontMetricsF(painter.font()))
            painter.setFont(usual)
        if grid.left:
            every = math.ceil(metrics.height() / ((grid.height + grid.gap_y) * zoom))
            for row in range(0, len(panel.row_labels), every):
                for fold in range(grid.folds):
                    top, left = grid.corner(row * grid.columns + fold * grid.across)
                    line = QRectF(0, 0, grid.left * zoom - 6, metrics.height())
                    line.moveTopLeft(at + QPointF(left - grid.left, top + grid.height / 2) * zoom)
                    line.moveTop(max(line.top() - line.height() / 2, at.y()))
                    self._write(painter, line, panel.row_labels[row], metrics)

    def _paint_units(
        self, painter: QPainter, panel: Tiles, grid: BlockGrid, at: QPointF, zoom: float, palette: QPalette
    ) -> None:
        """Names over blocks, and frames round the units that are chosen, picked or under the mouse."""
        metrics, stand = QFontMetricsF(painter.font()), grid.stand
        each = panel.columns * stand.parts
        for group in range(len(panel.images) // each):
            left, top, width, height = (length * zoom for length in stand.unit(group))
            key = panel.keys[group * each] if panel.keys else -1
            hovered = self._hovered is not None and self._hovered // each == group
            frame = palette.highlight() if key == self.selected else palette.mid()
            if key in self.picked or key == self.selected or hovered:
                painter.setPen(QPen(PICKED if key in self.picked else frame.color(), 2 if hovered else 3))
                painter.drawRect(QRectF(at.x() + left, at.y() + top, width, height).adjusted(-3, -3, 3, 3))
            for part, words in enumerate(panel.row_labels[group * stand.parts :][: stand.parts]):
                across = stand.block[0] * zoom
                line = QRectF(at.x() + left + part * (across + 2 * stand.gap * zoom), at.y() + top, across, 0)
                line.adjust(0, -metrics.height() - 4, 0, -4)
                painter.setPen(palette.placeholderText().color() if part else palette.text().color())
                self._write(painter, line, words, metrics)

    @staticmethod
    def _write(painter: QPainter, line: QRectF, words: str, metrics: QFontMetricsF) -> None:
        short = "\n".join(metrics.elidedText(part, Qt.ElideRight, line.width()) for part in words.split("\n"))
        painter.drawText(line, Qt.AlignLeft | Qt.AlignVCenter, short)
