"""A graph of boxes and arrows to zoom and click."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from qtpy.QtGui import QColor, QFontMetricsF, QPainter, QPen
from qtpy.QtWidgets import QFrame, QGraphicsItem, QGraphicsScene, QGraphicsView, QWidget

from dlviz.sheet import Diagram, Node
from dlviz.style import layer_colour
from dlviz_gui import theme
from dlviz_gui.panels.diagram_folds import Folds, folded
from dlviz_gui.tips import show_tip

WIDTH, MOST_WIDTH, LEAST_WIDTH = 250, 360, 50
"""Of boxes, of those with many words, and of those that choose nothing, in pixels at zoom 1 in type of usual size."""
MARGIN, MARKED_MARGIN = 8, 18
"""Pixels of a box left of its words, and of one that is marked with the colour of its kind there."""
READABLE, LEAST_WHOLE, LEAST_SHOWN, LARGEST = 1.0, 0.7, 0.45, 1.6
"""The zoom from which on a graph is not folded more, the smallest of one whose boxes are chosen and of one that is only
looked at, and the largest."""


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
        left = MARGIN if filled else MARKED_MARGIN
        metrics = QFontMetricsF(painter.font())
        font = painter.font()
        for i, words in enumerate((self.node.name, *self.node.lines)):
            font.setBold(i == 0)
            painter.setFont(font)
            painter.setPen(first if i == 0 else others)
            line = QRectF(rect.left() + left, 6 + i * metrics.height(), self._width - left - MARGIN, metrics.height())
            painter.drawText(line, Qt.AlignVCenter, metrics.elidedText(words, Qt.ElideMiddle, line.width()))


class DiagramView(QGraphicsView):
    """Shows a `Diagram` panel."""

    chosen = Signal(str)
    """The name of what the box that was clicked stands for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.NoFrame)
        self.setAccessibleName("Diagram")
        self.setMinimumSize(120, 200)
        self.setDragMode(QGraphicsView.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.AnchorUnderMouse)
        self.setScene(QGraphicsScene(self))
        self.panel: Diagram | None = None
        self._boxes: list[_Box] = []
        self._folds: Folds | None = None
        self._pressed = QPointF()
        self._fitted = True

    def set_panel(self, panel: Diagram) -> None:
        """Show another panel."""
        self.panel, self._folds = panel, None
        self.fit()

    def _draw(self, panel: Diagram, folds: Folds) -> None:
        """Put boxes and arrows where a fold has them."""
        chosen = {box.node.name for box in self._boxes if box.chosen}
        scene = QGraphicsScene(self)
        self._boxes = [_Box(node, *folds.box) for node in panel.nodes]
        for box in self._boxes:
            box.chosen = box.node.name in chosen
            box.setPos(folds.place(box.node))
            scene.addItem(box)
        pen = QPen(self.palette().placeholderText().color(), 1.5)
        for a, b in panel.edges:
            scene.addPath(folds.arrow(panel.nodes[a], panel.nodes[b]), pen).setZValue(-1)
        self.scene().deleteLater()
        self.setScene(scene)
        self.setSceneRect(folds.rect(panel))

    def _box_size(self, panel: Diagram) -> tuple[float, float]:
        """The width and height of a panel's boxes, in pixels of the scene."""
        lines = max((len(node.lines) for node in panel.nodes), default=0) + 1
        words = [words for node in panel.nodes for words in (node.lines if panel.selects else (node.name, *node.lines))]
        bold = self.font()
        bold.setBold(not panel.selects)
        longest = max(map(QFontMetricsF(bold).horizontalAdvance, words), default=0.0)
        least, most = WIDTH if panel.selects else LEAST_WIDTH, MOST_WIDTH
        is_marked = not all(node.colour for node in panel.nodes)
        beside = (MARKED_MARGIN if is_marked else MARGIN) + MARGIN + 1
        width = min(max(longest + beside, least * theme.scale()), most * theme.scale())
        return width, lines * self.fontMetrics().height() + 12

    def covered_in(self, panel: Diagram, height: float, width: float) -> float:
        """The pixels that a panel's boxes and arrows would cover of so many."""
        wide, high = self._size_in(panel, height, width)
        return min(wide, width) * min(high, height)

    def is_legible(self, panel: Diagram, height: float, width: float) -> bool:
        """Whether a panel is readable as a whole in a view of so many pixels."""
        return not panel.selects or self._folded(panel, (width, height))[1] >= LEAST_WHOLE

    def _size_in(self, panel: Diagram, height: float, width: float) -> tuple[float, float]:
        """The width and height of a panel in a view of so many pixels."""
        folds, zoom = self._folded(panel, (width, height))
        wide, high = folds.size(panel)
        return wide * zoom, high * zoom

    def _folded(self, panel: Diagram, view: tuple[float, float]) -> tuple[Folds, float]:
        """How a panel is folded in a view of so many pixels, and its zoom there."""
        folds = folded(panel, self._box_size(panel), view, READABLE)
        wide, high = folds.size(panel)
        zoom = min(max(min(view[0] / wide, view[1] / high), LEAST_SHOWN), LARGEST)
        return folds.stretched(panel, (view[0] / zoom, view[1] / zoom)) if panel.selects else folds, zoom

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
        if self.panel is None or not self.panel.nodes:
            return
        view = float(self.width()), float(self.height())
        folds, zoom = self._folded(self.panel, view)
        if folds != self._folds:
            self._folds = folds
            self._draw(self.panel, folds)
        size = folds.size(self.panel)
        self._let_scroll(any(need * zoom > have + 1 for need, have in zip(size, view, strict=True)))
        self.resetTransform()
        self.scale(zoom, zoom)
        top = min(self._boxes, key=lambda box: box.node.row)
        self.centerOn(self.sceneRect().center().x() if folds.is_folded(self.panel) else top.x(), self.sceneRect().top())

    def _let_scroll(self, let: bool) -> None:
        for set_policy in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            set_policy(Qt.ScrollBarAsNeeded if let else Qt.ScrollBarAlwaysOff)

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

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.PaletteChange and self._fitted:
            self._folds = None  # arrows have the colours of the palette
            self.fit()

    def wheelEvent(self, event) -> None:
        self._fitted = False
        self._let_scroll(True)
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
