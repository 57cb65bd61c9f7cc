"""A graph of boxes and arrows to zoom and click."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from qtpy.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from qtpy.QtWidgets import QFrame, QGraphicsItem, QGraphicsScene, QGraphicsView, QWidget

from dlviz.sheet import Diagram, Node
from dlviz.style import layer_colour
from dlviz_gui.tips import show_tip

WIDTH, MOST_WIDTH, LEAST_WIDTH, GAP_X, GAP_Y = 250, 360, 70, 30, 34
"""Of boxes, of those with many words, of those that choose nothing, and between boxes, in pixels at zoom 1."""
BESIDE = 34
"""Pixels of a box beside its words."""
LEAST_READABLE, LEAST_WHOLE, LEAST_SHOWN, LARGEST = 1.0, 0.7, 0.45, 1.6
"""The smallest zoom at which a graph that does not fit is first shown, where its width then fits, and where it is only
looked at; the largest."""
RIM = 12
"""Pixels round a graph, at zoom 1."""


class _Box(QGraphicsItem):
    def __init__(self, node: Node, width: float, height: float) -> None:
        super().__init__()
        self.node, self._width, self._height = node, width, height
        self.chosen = False
        self.words = "\n".join((node.name, *node.lines))
        self.setCacheMode(QGraphicsItem.NoCache)

    def boundingRect(self) -> QRectF:
        return QRectF(-self._width / 2 - 2, -2, self._width + 4, self._height + 4)

    def paint(self, painter: QPainter, option, widget: QWidget | None = None) -> None:
        assert widget is not None
        palette = widget.palette()
        rect = QRectF(-self._width / 2, 0, self._width, self._height)
        painter.setRenderHint(QPainter.Antialiasing)
        edge = palette.highlight().color() if self.chosen else palette.mid().color()
        painter.setPen(QPen(edge, 3 if self.chosen else 1))
        filled = QColor(self.node.colour) if self.node.colour else None
        painter.setBrush(filled or palette.alternateBase())
        painter.drawRoundedRect(rect, 6, 6)
        painter.setPen(Qt.NoPen)
        if filled is None:
            painter.setBrush(QColor(layer_colour(self.node.kind)))
            painter.drawRoundedRect(QRectF(rect.left() + 5, 6, 5, self._height - 12), 2, 2)
        first, others = (Qt.black, Qt.black) if filled else (palette.text().color(), palette.placeholderText().color())
        metrics = QFontMetricsF(painter.font())
        font = painter.font()
        for i, words in enumerate((self.node.name, *self.node.lines)):
            font.setBold(i == 0)
            painter.setFont(font)
            painter.setPen(first if i == 0 else others)
            line = QRectF(rect.left() + 18, 6 + i * metrics.height(), self._width - BESIDE + 8, metrics.height())
            painter.drawText(line, Qt.AlignVCenter, metrics.elidedText(words, Qt.ElideMiddle, line.width() - 6))


class DiagramView(QGraphicsView):
    """Shows a `Diagram` panel."""

    chosen = Signal(str)
    """The name of what the box that was clicked stands for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.NoFrame)
        self.setAccessibleName("Diagram")
        self.setMinimumSize(120, 100)
        self.setDragMode(QGraphicsView.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.AnchorUnderMouse)
        self.setScene(QGraphicsScene(self))
        self.panel: Diagram | None = None
        self._boxes: list[_Box] = []
        self._pressed = QPointF()
        self._fitted = True

    def set_panel(self, panel: Diagram) -> None:
        """Show another panel."""
        self.panel = panel
        scene = QGraphicsScene(self)
        width, height = self._box_size(panel)
        self._boxes = [_Box(node, width, height) for node in panel.nodes]
        for box in self._boxes:
            box.setPos(box.node.column * (width + GAP_X), box.node.row * (height + GAP_Y))
            scene.addItem(box)
        pen = QPen(self.palette().placeholderText().color(), 1.5)
        for a, b in panel.edges:
            start = self._boxes[a].pos() + QPointF(0, height)
            arrow = _arrow(start, self._boxes[b].pos(), (width + GAP_X) / 2, height + GAP_Y)
            scene.addPath(arrow, pen).setZValue(-1)
        self.scene().deleteLater()
        self.setScene(scene)
        self.fit()

    def _box_size(self, panel: Diagram) -> tuple[float, float]:
        """The width and height of a panel's boxes, in pixels of the scene."""
        lines = max((len(node.lines) for node in panel.nodes), default=0) + 1
        height = lines * self.fontMetrics().height() + 12
        words = [words for node in panel.nodes for words in (node.lines if panel.selects else (node.name, *node.lines))]
        bold = self.font()
        bold.setBold(not panel.selects)
        longest = max(map(QFontMetricsF(bold).horizontalAdvance, words), default=0.0)
        width = min(max(longest + BESIDE + 2, WIDTH if panel.selects else LEAST_WIDTH), MOST_WIDTH)
        return width, height

    def covered_in(self, panel: Diagram, height: float, width: float) -> float:
        """The pixels that a panel's boxes and arrows would cover of so many."""
        wide, high = self._size_in(panel, height, width)
        return min(wide, width) * min(high, height)

    def needed_in(self, panel: Diagram, height: float, width: float) -> float:
        """The height that a panel takes of so many pixels."""
        return self._size_in(panel, height, width)[1]

    def _size_in(self, panel: Diagram, height: float, width: float) -> tuple[float, float]:
        """The width and height of a panel in a view of so many pixels."""
        across, down = self._box_size(panel)
        columns, rows = [node.column for node in panel.nodes], [node.row for node in panel.nodes]
        wide = (max(columns) - min(columns)) * (across + GAP_X) + across + 2 * RIM
        high = (max(rows) - min(rows)) * (down + GAP_Y) + down + 2 * RIM
        zoom = _zoom(panel, (width, height), (wide, high))
        return wide * zoom, high * zoom

    def set_selected(self, name: str) -> None:
        """Frame a box and see that it is in view."""
        for box in self._boxes:
            if box.chosen != (name in box.node.stands_for):
                box.chosen = not box.chosen
                box.update()
            if box.chosen:
                self.ensureVisible(box, 10, 40)

    def fit(self) -> None:
        """Show everything where that is readable, else the top."""
        self._fitted = True
        if self.panel is None:
            return
        rect = self.scene().itemsBoundingRect().adjusted(-RIM, -RIM, RIM, RIM)
        self.setSceneRect(rect)
        if not self._boxes:
            return
        view = self.viewport().rect()
        zoom = _zoom(self.panel, (view.width(), view.height()), (rect.width(), rect.height()))
        self.resetTransform()
        self.scale(zoom, zoom)
        top = min(self._boxes, key=lambda box: box.node.row)
        self.centerOn(top.x(), rect.top())

    def viewportEvent(self, event) -> bool:
        if event.type() != QEvent.ToolTip:
            return super().viewportEvent(event)
        box = self.itemAt(event.pos())
        show_tip(event.globalPos(), box.words if isinstance(box, _Box) else "", self)
        return True

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def wheelEvent(self, event) -> None:
        self._fitted = False
        factor = 1.2 ** (event.angleDelta().y() / 120)
        zoom = min(max(self.transform().m11() * factor, 0.05), 4)
        self.scale(zoom / self.transform().m11(), zoom / self.transform().m11())

    def mousePressEvent(self, event) -> None:
        self._pressed = event.localPos()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event) -> None:
        super().mouseReleaseEvent(event)
        box = self.itemAt(event.pos())
        if (event.localPos() - self._pressed).manhattanLength() < 5 and isinstance(box, _Box):
            self.chosen.emit(box.node.stands_for[-1])

    def mouseDoubleClickEvent(self, event) -> None:
        self.fit()


def _zoom(panel: Diagram, view: tuple[float, float], scene: tuple[float, float]) -> float:
    """The zoom at which everything is seen where that is readable, else the top; both (width, height)."""
    whole = min(view[0] / scene[0], view[1] / scene[1])
    least = min(max(view[0] / scene[0], LEAST_WHOLE), LEAST_READABLE) if panel.selects else LEAST_SHOWN
    return min(max(whole, least), LARGEST)


def _arrow(start: QPointF, end: QPointF, aside: float, step: float) -> QPainterPath:
    """A curve from the bottom of a box to the top of another; one that passes boxes swings out to the side."""
    path = QPainterPath(start)
    bend = min((end.y() - start.y()) / 2, step / 2)
    passes = end.y() - start.y() > step and abs(end.x() - start.x()) < 1
    if passes:
        side = start.x() - aside
        path.cubicTo(
            QPointF(start.x(), start.y() + bend / 2), QPointF(side, start.y()), QPointF(side, start.y() + bend)
        )
        path.lineTo(side, end.y() - bend)
        path.cubicTo(QPointF(side, end.y()), QPointF(end.x(), end.y() - bend / 2), end)
    else:
        path.cubicTo(start + QPointF(0, bend), end - QPointF(0, bend), end)
    path.moveTo(end - QPointF(4, 7))
    path.lineTo(end)
    path.lineTo(end - QPointF(-4, 7))
    return path
