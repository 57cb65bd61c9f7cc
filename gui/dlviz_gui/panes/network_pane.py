"""The network as a diagram to click on: a box a layer, joined by its arrows."""

from __future__ import annotations

from qtpy.QtCore import QAbstractListModel, QModelIndex, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from dlviz.jobs import Description, LayerInfo
from dlviz.sheet.numerals import percent
from dlviz.style import layer_colour
from dlviz_gui.labels import ElidedLabel, label, tooltip
from dlviz_gui.panes.epoch_bar import EpochBar
from dlviz_gui.panes.lanes import Row, rows
from dlviz_gui.panes.layer_overview import LayerOverview
from dlviz_gui.panes.layer_search import LayerSearch
from dlviz_gui.panes.output_box import OutputBox
from dlviz_gui.panes.preprocess_box import PreprocessBox
from dlviz_gui.surgery import ChangesBar
from dlviz_gui.tips import TipDelegate

LANE, MOST_LANES = 12, 8
"""Pixels of a lane at zoom 1, and how many have room."""
SMALLEST, LARGEST = 0.6, 2.0
LONG = 15
"""A network of more layers can be searched, and is seen at a glance."""
FIGURES = 0.92
"""The size of type of a layer's kind and shape, in that of its name."""


def shape_of(layer: LayerInfo) -> str:
    """The output's shape as people write it."""
    return "×".join("?" if n is None else str(n) for n in layer.shape) or "scalar"


class _Layers(QAbstractListModel):
    def __init__(self, layers: tuple[LayerInfo, ...]) -> None:
        super().__init__()
        self.layers, self.rows = layers, rows(layers)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.layers)

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        layer = self.layers[index.row()]
        parameters = f"{layer.parameters:,} parameters" if layer.parameters else "no parameters"
        match role:
            case Qt.DisplayRole:
                return layer.name
            case Qt.ToolTipRole:
                return tooltip(f"{layer.name}\n{layer.kind}, output {shape_of(layer)}\n{parameters}")
            case Qt.AccessibleTextRole:
                return f"{layer.name}, {layer.kind}, output {shape_of(layer)}, {parameters}"
        return None


class _Box(TipDelegate):
    """Paints a layer's box and its part of the arrows."""

    zoom = 1.0
    is_searched = False
    """Whether some layers are hidden, so that arrows would lead nowhere."""

    def _heights(self, font: QFont) -> tuple[float, float]:
        """Of a line of words, and of a row."""
        line = QFontMetricsF(font).height()
        return line, 2 * line + 20 * self.zoom

    def _font(self, font: QFont) -> QFont:
        scaled = QFont(font)
        scaled.setPointSizeF(max(font.pointSizeF() * self.zoom, 5))
        return scaled

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(120, int(self._heights(self._font(option.font))[1]))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        model = index.model()
        layer, row = model.layers[index.row()], model.rows[index.row()]
        rect, palette = QRectF(option.rect), option.palette
        painter.save()
        painter.setRenderHint(QPainter.Antialiasing)
        lane = LANE * self.zoom
        if not self.is_searched:
            self._paint_arrows(painter, rect, row, lane, QPen(palette.placeholderText().color(), 1.6))
        used = max((*row.incoming, *row.outgoing, *row.passing, row.lane), default=0)
        left = min(used, MOST_LANES) * lane + 1.8 * lane
        box = rect.adjusted(left, 4 * self.zoom, -6, -4 * self.zoom)
        chosen = bool(option.state & QStyle.State_Selected)
        hovered = bool(option.state & QStyle.State_MouseOver)
        painter.setPen(QPen(palette.highlight() if chosen or hovered else palette.mid(), 2 if chosen else 1))
        painter.setBrush(palette.highlight() if chosen else palette.alternateBase())
        painter.drawRoundedRect(box, 5, 5)
        font = self._font(option.font)
        line = self._heights(font)[0]
        words = QRectF(box.left() + 8, box.center().y() - line, box.width() - 14, line)
        painter.setPen(palette.highlightedText().color() if chosen else palette.text().color())
        font.setBold(True)
        self._write(painter, font, words, layer.name, Qt.ElideMiddle)
        font.setBold(False)
        font.setPointSizeF(FIGURES * font.pointSizeF())
        painter.setPen(palette.highlightedText().color() if chosen else palette.placeholderText().color())
        self._write(painter, font, words.translated(0, line), f"{layer.kind} · {shape_of(layer)}", Qt.ElideRight)
        self._paint_dot(painter, rect, row, lane, layer)
        painter.restore()

    @staticmethod
    def _write(painter: QPainter, font: QFont, rect: QRectF, words: str, elide: Qt.TextElideMode) -> None:
        painter.setFont(font)
        painter.drawText(rect, Qt.AlignVCenter, QFontMetricsF(font).elidedText(words, elide, rect.width()))

    @staticmethod
    def _x(rect: QRectF, lane: int, width: float) -> float:
        return rect.left() + (min(lane, MOST_LANES) + 0.9) * width

    def _paint_arrows(self, painter: QPainter, rect: QRectF, row: Row, lane: float, pen: QPen) -> None:
        path = QPainterPath()
        middle = QPointF(self._x(rect, row.lane, lane), rect.center().y())
        for passing in row.passing:
            path.moveTo(self._x(rect, passing, lane), rect.top())
            path.lineTo(self._x(rect, passing, lane), rect.bottom() + 1)
        for side, ends in ((rect.top(), row.incoming), (rect.bottom() + 1, row.outgoing)):
            for end in ends:
                x = self._x(rect, end, lane)
                path.moveTo(x, side)
                path.cubicTo(QPointF(x, middle.y()), QPointF(middle.x(), side), middle)
        painter.setPen(pen)
        painter.setBrush(Qt.NoBrush)
        painter.drawPath(path)

    def _paint_dot(self, painter: QPainter, rect: QRectF, row: Row, lane: float, layer: LayerInfo) -> None:
        radius = 0.42 * lane
        painter.setPen(Qt.NoPen)
        painter.setBrush(QColor(layer_colour(layer.kind)))
        painter.drawEllipse(QPointF(self._x(rect, row.lane, lane), rect.center().y()), radius, radius)


class NetworkPane(QFrame):
    """Name, figures and layers of the network; `chosen` tells the name of the layer that was clicked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self._network: Description | None = None
        self._name = ElidedLabel("heading")
        self.figures = label("", "dim")
        self.preprocess = PreprocessBox()
        self.preprocess.set_note("")
        self.output = OutputBox()
        self.epochs = EpochBar()
        self.changes = ChangesBar()
        self.list = LayerList()
        self.list.setAccessibleName("Layers of the network")
        self._box = _Box(self.list)
        self.list.setItemDelegate(self._box)
        self.list.zoomed.connect(self.zoom)
        self.search, self.overview = LayerSearch(), LayerOverview()
        self.search.textChanged.connect(self._on_search)
        self.search.returnPressed.connect(self._choose_first)
        self.list.clicked.connect(self._on_clicked)
        self.overview.pointed.connect(self._on_pointed)
        self.list.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.list.verticalScrollBar().rangeChanged.connect(self._on_scrolled)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 2, 4)
        layout.setSpacing(2)
        above = (self._name, self.changes, self.figures, self.preprocess, self.output, self.epochs, self.search)
        for widget in above:
            layout.addWidget(widget)
        layers = QHBoxLayout()
        layers.setSpacing(2)
        layers.addWidget(self.list, 1)
        layers.addWidget(self.overview)
        layout.addLayout(layers, 1)
        self._offer_search(0)
        self._name.set_words("No network yet")

    def set_network(self, network: Description) -> None:
        """Show another network."""
        self._name.set_words(network.name)
        self._network = network
        self._say_figures()
        takes_pictures = any(spec.kind == "picture" for spec in network.inputs)
        self.preprocess.set_note(network.preprocess_note if takes_pictures else "")
        self.output.set_network(network)
        self.epochs.set_epochs(network.epochs)
        old, self._model = self.list.selectionModel(), _Layers(network.layers)
        self.list.setModel(self._model)
        if old:
            old.deleteLater()
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self.overview.set_layers(network.layers)
        self.search.clear()
        self._on_search()
        self._offer_search(len(network.layers))

    def set_changes(self, changes: tuple[str, ...]) -> None:
        """Show what has been changed in the network."""
        self.changes.set_changes(changes)
        self._say_figures()

    def _say_figures(self) -> None:
        """Say how large the network is, and what it got right as it was trained."""
        network = self._network
        if network is None:
            return
        total, card = sum(layer.parameters for layer in network.layers), network.card
        accuracy = f", {percent(card.accuracy)} right" if card and card.accuracy is not None else ""
        if accuracy and not self.changes.isHidden():
            accuracy += " before the changes"
        trusted = f", with {', '.join(network.trusted)}" if network.trusted else ""
        self.figures.setText(f"{len(network.layers)} layers, {total:,} parameters{accuracy}{trusted}")

    def _offer_search(self, layers: int) -> None:
        for widget in (self.search, self.overview):
            widget.setVisible(layers > LONG)

    def set_layer(self, name: str) -> None:
        """Mark a layer, and see that it is in view."""
        row = next(i for i, layer in enumerate(self._model.layers) if layer.name == name)
        if self.list.currentIndex().row() != row:
            self.list.setCurrentIndex(self._model.index(row))
        self.overview.set_chosen(row)

    def zoom(self, factor: float) -> None:
        """Draw larger or smaller."""
        self._box.zoom = min(max(self._box.zoom * factor, SMALLEST), LARGEST)
        self.list.scheduleDelayedItemsLayout()

    def _on_search(self) -> None:
        found = self.search.found(self._model.layers)
        self._box.is_searched = not all(found)
        for row, is_found in enumerate(found):
            self.list.setRowHidden(row, not is_found)
        self.list.message = "" if any(found) else "No layer matches."
        self.list.viewport().update()

    def _choose_first(self) -> None:
        found = [row for row, is_found in enumerate(self.search.found(self._model.layers)) if is_found]
        if found:
            self.search.clear()
            index = self._model.index(found[0])
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index, QAbstractItemView.PositionAtCenter)
            self.list.setFocus()  # the line would take Ctrl+E and the keys that are letters

    def _on_clicked(self, index: QModelIndex) -> None:
        if self.search.text():
            self.search.clear()
            self.list.scrollTo(index, QAbstractItemView.PositionAtCenter)

    def _on_pointed(self, row: int) -> None:
        self.search.clear()
        self.list.scrollTo(self._model.index(row), QAbstractItemView.PositionAtCenter)

    def _on_scrolled(self) -> None:
        bar = self.list.verticalScrollBar()
        whole = max(bar.maximum() + bar.pageStep(), 1)
        self.overview.set_seen(bar.value() / whole, (bar.value() + bar.pageStep()) / whole)

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self._model.layers[index.row()].name)


class LayerList(QListView):
    """The layers; `message` is shown instead where there is one."""

    zoomed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.message = ""
        self.setFrameShape(QFrame.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)

    def resizeEvent(self, event) -> None:
        """Keep the chosen layer in view; it may have been chosen while nothing was seen of the list."""
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self.message:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            painter.drawText(self.viewport().rect(), Qt.AlignCenter | Qt.TextWordWrap, self.message)

    def wheelEvent(self, event) -> None:
        if event.modifiers() & Qt.ControlModifier:
            self.zoomed.emit(1.15 ** (event.angleDelta().y() / 120))
            event.accept()
        else:
            super().wheelEvent(event)
