"""One HTML file that works offline: pictures inline, text as text, light or dark like the reader's system."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from itertools import groupby
from math import ceil, sqrt
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image as Pillow

from dlviz.draw import lettering
from dlviz.draw.page import BODY, block_alone, panels_page
from dlviz.draw.paper import STYLE, rendered
from dlviz.draw.pixels import overlay, to_rgb
from dlviz.layout.blocks import stands_in_blocks
from dlviz.marks import mark
from dlviz.sheet import Bars, Image, Matrix, Panel, Paragraph, Sheet, Tiles, retitled
from dlviz.sheet.panel_registry import import_by_name, panel_kind

FILM_DPI = 110
"""Pixels an inch of the frames of a film."""
MOST_CELLS = 900
"""Of a matrix written as a table; a larger one becomes a picture."""


def write(sheets: Sequence[Sheet], path: Path, dpi: int) -> None:
    """All sheets on one page, each with its heading; a table of contents where there are several.

    The steps of a film, which follow each other, are played on the page.
    """
    style = (files("dlviz.draw") / "web.css").read_text("utf-8")
    films = groupby(enumerate(sheets), key=lambda numbered: _film_of(*numbered))
    parts = [[sheet for _, sheet in film] for _, film in films]
    contents = "".join(f'<li><a href="#sheet{i}">{_plain(p[0].title)}</a></li>' for i, p in enumerate(parts))
    title = _plain(sheets[0].title if len(parts) == 1 else f"{sheets[0].title} and more")
    script = (files("dlviz.draw") / "film.js").read_text("utf-8") if len(parts) < len(sheets) else ""
    path.write_text(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n{_about([part[-1] for part in parts])}'
        f"<style>\n{style}</style></head>\n"
        + "<body>\n"
        + (f"<nav><ol>{contents}</ol></nav>\n" if len(parts) > 1 else "")
        + "\n".join(
            _film(part, f"sheet{i}") if len(part) > 1 else section(part[0], f"sheet{i}") for i, part in enumerate(parts)
        )
        + (f"\n<script>\n{script}</script>" if script else "")
        + "\n</body></html>\n",
        "utf-8",
    )


def _film_of(number: int, sheet: Sheet) -> tuple[str, int]:
    """What all steps of a film have in common, and no other sheet beside them."""
    return sheet.film or sheet.title, sheet.steps or -number


def _about(sheets: Sequence[Sheet]) -> str:
    """What the page says of itself: its captions, and the requests that make it again."""
    said = "; ".join(dict.fromkeys(sheet.caption for sheet in sheets if sheet.caption))
    requests = dict.fromkeys(sheet.request for sheet in sheets if sheet.request)
    return "".join(
        f'<meta name="{name}" content="{content}">\n'
        for name, content in (("description", _plain(said)), *(("dlviz-request", mark(one)) for one in requests))
        if content
    )


def section(sheet: Sheet, name: str = "", *, pictured: bool = False) -> str:
    """One sheet as an HTML section; `pictured`, its panels are one picture, of which a film can have many."""
    panels = _pictured(sheet) if pictured else "\n".join(_panel(panel) for panel in sheet.panels)
    head = f"<h1>{_plain(sheet.title)}</h1>\n<p class=summary>{_plain(sheet.summary)}</p>"
    answer = f"<p>{_plain(sheet.answer)}</p>" if sheet.answer else ""
    asked = f"<details><summary>{_plain(sheet.question)}</summary>{answer}</details>" if sheet.question else ""
    told = f"<p class=summary>{_plain(sheet.explanation)}</p>" if sheet.explanation else ""
    source = "".join(f"<p class=source>{_plain(text)}</p>" for text in (sheet.source, sheet.caption) if text)
    return f'<section id="{escape(name)}">\n{head}\n<div class=panels>\n{panels}\n</div>{told}{asked}{source}</section>'


def _film(sheets: Sequence[Sheet], name: str) -> str:
    """Sheets of which one at a time is seen, with what plays them."""
    frames = "\n".join(section(sheet, f"{name}step{i}", pictured=True) for i, sheet in enumerate(sheets))
    speeds = "".join(
        f"<option value={ms}{' selected' if ms == 500 else ''}>{word}</option>"
        for word, ms in (("slow", 1200), ("normal", 500), ("fast", 120))
    )
    bar = (
        '<button class=back aria-label="Step back">◀</button><button class=play aria-label="Play or pause">▶</button>'
        '<button class=forward aria-label="Step">▶▏</button>'
        f'<input type=range min=0 max={len(sheets) - 1} value=0 aria-label="Step"><output></output>'
        f'<select aria-label="Speed">{speeds}</select>'
    )
    return f'<div class=film id="{escape(name)}" tabindex=0>\n{frames}\n<div class=bar>{bar}</div></div>'


def _pictured(sheet: Sheet) -> str:
    file = io.BytesIO()
    rendered(panels_page(sheet.panels, BODY), FILM_DPI).save(file, "webp", quality=85)
    return f'<img class=frame alt="{_plain(sheet.summary)}" src="{_inline(file.getvalue(), "webp")}">'


def _panel(panel: Panel) -> str:
    title = f"<h2>{_plain(panel.title)}</h2>" if panel.title else ""
    web = panel_kind(panel).web
    body = import_by_name(web)(panel) if web else _drawn(panel)
    return f"<div {_class(panel)}>{title}{body}</div>"


def _class(panel: Panel) -> str:
    """The attributes by which the page knows the kind of panel, and a main one that is a single picture."""
    kind = type(panel).__name__.lower()
    shown = panel.pixels if isinstance(panel, Image) else panel.images[0] if isinstance(panel, Tiles) else None
    if shown is None or panel.role != "main" or (isinstance(panel, Tiles) and len(panel.images) > 1):
        return f"class={kind}"
    return f'class="{kind} single" style="--aspect:{shown.shape[1] / shown.shape[0]:.3g}"'


def tiles(panel: Tiles) -> str:
    rgb = to_rgb(panel.images, panel.scale)
    if stands_in_blocks(panel):
        return _blocks(panel, rgb)
    figures = [_figure(panel, rgb[i], i) for i in range(len(rgb))]
    size = "large" if len(rgb) <= 24 else "middle" if len(rgb) <= 150 else "little"
    if not panel.columns:
        return f'<div class="sheet {size}">{"".join(figures)}</div>'
    head = "".join(f"<th>{_plain(label)}</th>" for label in panel.column_labels)
    rows = [f"<tr>{'<td></td>' if panel.row_labels else ''}{head}</tr>"] if head else []
    for row, start in enumerate(range(0, len(figures), panel.columns)):
        cells = "".join(f"<td>{figure}</td>" for figure in figures[start : start + panel.columns])
        label = panel.row_labels[row] if row < len(panel.row_labels) else ""
        rows.append(f"<tr>{f'<th>{_plain(label)}</th>' if panel.row_labels else ''}{cells}</tr>")
    return f'<div class=wide><table class="tiles {size}">{"".join(rows)}</table></div>'


def _blocks(panel: Tiles, rgb: np.ndarray) -> str:
    """The rows that belong together as blocks side by side, captions as tooltips."""
    columns, rows = ceil(sqrt(panel.columns)), len(rgb) // panel.columns
    units = []
    for start in range(0, rows, panel.together):
        blocks = []
        for row in range(start, start + panel.together):
            label = panel.row_labels[row] if row < len(panel.row_labels) else ""
            tiles = range(row * panel.columns, (row + 1) * panel.columns)
            figures = "".join(_figure(panel, rgb[i], i, captioned=False) for i in tiles)
            blocks.append(f"<div><h3>{_plain(label)}</h3><div style=--across:{columns}>{figures}</div></div>")
        units.append(f"<div class=unit>{''.join(blocks)}</div>")
    return f"<div class=blocks>{''.join(units)}</div>"


def _figure(panel: Tiles, rgb: np.ndarray, number: int, captioned: bool = True) -> str:
    caption = _plain(panel.captions[number]) if panel.captions else ""
    boxes = panel.boxes[number : number + 1] if panel.boxes is not None else np.zeros((0, 4))
    below = f"<figcaption>{caption}</figcaption>" if caption and captioned else ""
    return f'<figure title="{caption}">{_picture(rgb, boxes, caption)}{below}</figure>'


def image(panel: Image) -> str:
    rgb = to_rgb(panel.pixels[None], panel.scale)[0]
    shown = rgb if panel.heat is None else overlay(rgb, panel.heat)
    names = (f"<span><b style=color:{colour}>■</b> {_plain(name)}</span>" for name, colour in panel.legend.items())
    legend = f"<figcaption class=legend>{''.join(names)}</figcaption>" if panel.legend else ""
    boxes = np.zeros((0, 4)) if panel.boxes is None else panel.boxes
    return f"<figure>{legend}{_picture(shown, boxes, panel.title)}</figure>"


def _picture(rgb: np.ndarray, boxes: np.ndarray, words_for_it: str) -> str:
    height, width = rgb.shape[:2]
    file = io.BytesIO()
    Pillow.fromarray(rgb).save(file, "png")
    frames = ""
    for top, left, bottom, right in boxes / (height, width, height, width):
        frames += f'<i style="top:{top:.2%};left:{left:.2%};height:{bottom - top:.2%};width:{right - left:.2%}"></i>'
    sharp = " class=sharp" if max(height, width) < 128 else ""
    return f'<span><img{sharp} alt="{escape(words_for_it)}" src="{_inline(file.getvalue(), "png")}">{frames}</span>'


def bars(panel: Bars) -> str:
    values = np.nan_to_num(np.asarray(panel.values, float))
    low, high = panel.ends
    signed = f" signed' style='--zero:{-low / (high - low):.1%}" if low < 0 else ""
    rows = []
    columns = zip(panel.labels, values, panel.numbers, panel.shares(), strict=True)
    for i, (label, value, shown, (start, stop)) in enumerate(columns):
        kind = "right" if i == panel.right else "minus" if value < 0 else ""
        bar = f"<td class='bar{signed}'><b style='margin-left:{start:.1%};width:{stop - start:.1%}'></b></td>"
        rows.append(f'<tr class="{kind}"><th>{_plain(label)}</th>{bar}<td>{shown}</td></tr>')
    caption = f"<caption class=right>■ {panel.right_is}</caption>" if panel.right >= 0 else ""
    return f"<table>{caption}{''.join(rows)}</table>"


def matrix(panel: Matrix) -> str:
    if panel.values.size > MOST_CELLS:
        return _drawn(panel)
    values = np.asarray(panel.values, float)
    shares = np.nan_to_num(np.asarray(panel.colouring, float))
    shares = shares / max(panel.magnitude, 1e-30)
    head = "".join(f"<th>{_plain(label)}</th>" for label in panel.column_labels)
    rows = [f"<tr><td></td>{head}</tr>"]
    for label, row, colours in zip(panel.row_labels, np.nan_to_num(values), shares, strict=True):
        cells = "".join(
            f'<td class="{"minus" if share < 0 else ""}{" strong" if abs(share) > 0.55 else ""}" '
            f'style="--share:{abs(share):.0%}">{v:z.{panel.decimals}f}</td>'
            for v, share in zip(row, colours, strict=True)
        )
        rows.append(f"<tr><th>{_plain(label)}</th>{cells}</tr>")
    axes = " × ".join(_plain(title) for title in (panel.row_title, panel.column_title) if title)
    return f"<p class=axes>{axes}</p><div class=wide><table>{''.join(rows)}</table></div>"


def text(panel: Paragraph) -> str:
    return f"<pre>{_plain(panel.text)}</pre>" if "  " in panel.text else f"<p>{_plain(panel.text)}</p>"


def _drawn(panel: Panel) -> str:
    file = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        block_alone(retitled(panel, ""), 11.5, 7.0).savefig(file, format="svg", metadata={"Date": None})
    return f'<img class=drawn alt="{_plain(panel.title)}" src="{_inline(file.getvalue(), "svg+xml")}">'


def _inline(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _plain(text: str) -> str:
    return escape(lettering.plain(text))
