"""Bars and curves as PowerPoint's own charts, whose numbers can be edited; other panels are pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from dlviz.draw import lettering
from dlviz.sheet import Bars, Curves, Panel
from dlviz.style import ACCENT, HEADING, NEGATIVE, RIGHT, WORDS

MOST_BARS, MOST_POINTS = 14, 6000
"""Bars that stand under each other at a legible size, and points of all lines, of one chart."""
WIDE = 2.2
"""Times as wide as high, from which on a chart has more room beside its curves than above them."""
LEAST_WIDTH, BARS_WIDTH, LEAST_HEIGHT, BAR_HEIGHT = 3.4, 4.8, 2.4, 0.34
"""Inches in which a chart is legible: curves and bars across, curves and each bar down."""
AROUND_BARS = 0.6
"""Inches above and below them that the title and the margins of a chart take."""
WITHOUT_NAMES, BEYOND = 0.65, 0.2
"""The share of a chart that the bars have without their names, and inches at the end of a bar but for its number."""
DIGITS, MOST_DECIMALS = 3, 6
"""Of the number that is furthest from zero, and of any behind the point; none where all are whole."""
MARKED = 40
"""Points of a line up to which each is marked."""
MOST_TICKS = 5
"""Along an axis."""
FONT = "Calibri"


def is_native(panel: Panel, width: float, height: float) -> bool:
    """Return whether a panel becomes a chart in so many inches."""
    match panel:
        case Bars():
            count = len(panel.values)
            is_tall = height >= BAR_HEIGHT * count + AROUND_BARS * bool(panel.title)
            fits = width >= BARS_WIDTH and 0 < count <= MOST_BARS and is_tall
            return fits and bool(np.isfinite(np.asarray(panel.values, float)).all())
        case Curves():
            lines = [np.asarray(values, float) for values in panel.series.values()]
            drawn = (
                bool(lines)
                and width >= LEAST_WIDTH
                and height >= LEAST_HEIGHT
                and all(np.isfinite(values).any() for values in lines)
            )
            return drawn and sum(map(len, lines)) <= MOST_POINTS and not (panel.log and _has_no_logarithm(lines))
    return False


def _has_no_logarithm(lines: list[np.ndarray]) -> bool:
    return any((values[np.isfinite(values)] <= 0).any() for values in lines)


def add_chart(slide: Any, panel: Bars | Curves, left: float, top: float, width: float, height: float) -> None:
    """Add a chart in a rectangle, in inches."""
    kind, data = _bars_data(panel) if isinstance(panel, Bars) else _curves_data(panel)
    frame = slide.shapes.add_chart(kind, Inches(left), Inches(top), Inches(width), Inches(height), data)
    chart = frame.chart
    _number_axes(chart)
    frame.name = "Chart"
    frame._element.nvGraphicFramePr.cNvPr.set("descr", _alternative(panel))
    chart.font.size, chart.font.name = Pt(WORDS), FONT
    chart.has_title = bool(panel.title)
    if panel.title:
        paragraph = chart.chart_title.text_frame.paragraphs[0]
        paragraph.text = lettering.plain(panel.title)
        paragraph.runs[0].font.size, paragraph.runs[0].font.bold = Pt(HEADING), True
    if isinstance(panel, Bars):
        _dress_bars(chart, panel, WITHOUT_NAMES * width)
    else:
        _dress_curves(chart, panel, width > WIDE * height)


def _number_axes(chart: Any) -> None:
    """Number the axes from 0 up, as the standard wants it, and below 2^31, beyond which LibreOffice takes all for one:
    python-pptx copies negative numbers of old files."""
    for name in ("c:axId", "c:crossAx"):
        for element in chart._chartSpace.iter(qn(name)):
            element.set("val", str(int(element.get("val")) % 2**31))


def _alternative(panel: Bars | Curves) -> str:
    """What the chart shows, for those who do not see it."""
    names = panel.labels if isinstance(panel, Bars) else tuple(panel.series)
    kind = "Bars" if isinstance(panel, Bars) else "Curves"
    return lettering.plain(f"{panel.title or kind}: {', '.join(names)}")[:400]


def _bars_data(panel: Bars) -> tuple[Any, Any]:
    data = CategoryChartData(number_format=_number_format(panel))
    data.categories = [lettering.plain(label) for label in panel.labels]
    data.add_series(lettering.plain(panel.title) or "value", [float(value) for value in panel.values])
    return XL_CHART_TYPE.BAR_CLUSTERED, data


def _number_format(panel: Bars) -> str:
    """How the numbers at the ends of bars are written: all with as many decimals."""
    decimals = _decimals(panel)
    return ("0." + "0" * decimals if decimals else "0") + "%" * (panel.limit == 1)


def _decimals(panel: Bars) -> int:
    if panel.limit == 1:
        return int(any("." in number for number in panel.numbers))
    values = np.asarray(panel.values, float)
    if (values == values.round()).all():
        return 0
    return int(np.clip(DIGITS - 1 - np.floor(np.log10(np.abs(values).max())), 0, MOST_DECIMALS))


def _limits(panel: Bars, inches: float) -> tuple[float, float]:
    """The ends of the axis under bars in so many inches, which leave room for the numbers at the ends of the bars."""
    (low, high), decimals = panel.ends, _decimals(panel)
    longest = max(lettering.width(f"{value:.{decimals}f}" + "%" * (panel.limit == 1), WORDS) for value in panel.values)
    sides = (low < 0) + (high > 0)
    beyond = (longest + BEYOND) * (high - low) / max(inches - sides * (longest + BEYOND), inches / 3)
    return low - beyond * (low < 0), high + beyond * (high > 0)


def _dress_bars(chart: Any, panel: Bars, inches: float) -> None:
    """Style bars that have so many inches with the numbers at their ends."""
    chart.has_legend = False
    plot, names, numbers = chart.plots[0], chart.category_axis, chart.value_axis
    plot.gap_width, plot.has_data_labels = 35, True
    plot.data_labels.font.size = Pt(WORDS)
    plot.data_labels._element.find(f"{qn('c:txPr')}/{qn('a:bodyPr')}").set("wrap", "none")
    plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
    names.reverse_order = True  # the first on top
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    names.format.line.fill.background()
    numbers.visible = numbers.has_major_gridlines = False
    numbers.minimum_scale, numbers.maximum_scale = _limits(panel, inches)
    series = plot.series[0]
    series.invert_if_negative = False
    for number, value in enumerate(panel.values):
        colour = RIGHT if number == panel.right else ACCENT if value >= 0 else NEGATIVE
        _fill(series.points[number].format, colour)


def _curves_data(panel: Curves) -> tuple[Any, Any]:
    if panel.x_labels:
        data = CategoryChartData(number_format="General")
        data.categories = [lettering.plain(label) for label in panel.x_labels]
        for name, values in panel.series.items():
            data.add_series(_name(name), [float(v) if np.isfinite(v) else None for v in np.asarray(values, float)])
        return XL_CHART_TYPE.LINE_MARKERS, data
    data = XyChartData(number_format="General")
    for name, values in panel.series.items():
        series = data.add_series(_name(name))
        for x, y in zip(np.asarray(panel.x, float), np.asarray(values, float), strict=True):
            if np.isfinite(x) and np.isfinite(y):
                series.add_data_point(float(x), float(y))
    return XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data


def _name(name: str) -> str:
    return lettering.plain(name) or "value"


def _dress_curves(chart: Any, panel: Curves, wide: bool) -> None:
    """Style curves; the names of those of a wide chart stand beside them, where they take none of its height."""
    chart.has_legend = len(panel.series) > 1
    if chart.has_legend:
        chart.legend.position = XL_LEGEND_POSITION.RIGHT if wide else XL_LEGEND_POSITION.TOP
        chart.legend.include_in_layout = False
        chart.legend.font.size = Pt(WORDS)
    for number, series in enumerate(chart.plots[0].series):
        colour = panel.colours[number % len(panel.colours)]
        series.smooth = False
        series.format.line.width = Pt(2.5)
        series.format.line.color.rgb = RGBColor.from_string(colour[1:].upper())
        if not panel.joined:
            series.format.line.fill.background()
        is_marked = len(panel.x) <= MARKED or not panel.joined
        series.marker.style = XL_MARKER_STYLE.CIRCLE if is_marked else XL_MARKER_STYLE.NONE
        if is_marked:
            series.marker.size = 6
            _fill(series.marker.format, colour)
    for axis, title in ((chart.category_axis, panel.x_title), (chart.value_axis, panel.y_title)):
        axis.tick_labels.font.size = Pt(WORDS)
        axis.has_title = bool(title)
        if title:
            axis.axis_title.text_frame.text = lettering.plain(title)
            font = axis.axis_title.text_frame.paragraphs[0].runs[0].font
            font.size, font.bold = Pt(WORDS), False
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.category_axis.has_major_gridlines = False
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor(0xD9, 0xDC, 0xE1)
    if not panel.x_labels:
        low, high = float(np.nanmin(panel.x)), float(np.nanmax(panel.x))
        if low < high < np.inf:
            chart.category_axis.minimum_scale, chart.category_axis.maximum_scale = low, high
    if not panel.log:
        low, high, step = _round_ends([*panel.series.values(), np.array(panel.limits or ())])
        chart.value_axis.minimum_scale, chart.value_axis.maximum_scale, chart.value_axis.major_unit = low, high, step
    if panel.log:
        chart.value_axis.tick_labels.number_format = "0E+0"
        chart.value_axis.tick_labels.number_format_is_linked = False
        scaling = chart.value_axis._element.find(qn("c:scaling"))
        scaling.insert(0, parse_xml(f'<c:logBase {nsdecls("c")} val="10"/>'))


def _round_ends(lines: list[np.ndarray]) -> tuple[float, float, float]:
    """Round numbers close around all values, and the step of the ticks: an axis of PowerPoint's own choice leaves half
    a chart empty."""
    values = np.concatenate([np.asarray(line, float) for line in lines])
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    low, high = (low, high) if high > low else (low - 0.5, high + 0.5)
    size = 10.0 ** np.floor(np.log10((high - low) / MOST_TICKS))
    step = size * next(n for n in (1, 2, 5, 10) if (high - low) / (n * size) <= MOST_TICKS)
    low, high = (float(f"{end * step:.12g}") for end in (np.floor(low / step), np.ceil(high / step)))
    return low, high, float(step)


def _fill(form: Any, colour: str) -> None:
    form.fill.solid()
    form.fill.fore_color.rgb = RGBColor.from_string(colour[1:].upper())
