"""Every view on a slide: the picture that one came for is large, nothing is cut or overlaps, all type is 18 points."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from matplotlib.transforms import Bbox

import dlviz
from dlviz.draw.page import MARGIN, laid_out, panels_page, room_on_page
from dlviz.draw.slide_template import WIDTH
from dlviz.layout import main_panels
from dlviz.sheet import Arrays, Curves, Diagram, Matrix, Tiles
from tests.pages import Drawn, assert_tidy, drawn, pictures_of, texts_of

SHEETS = {
    "lenet5-architecture": ("architecture", "lenet5", {}),
    "lenet5-filters": ("filters", "lenet5", {"layer": "conv2"}),
    "lenet5-activations": ("activations", "lenet5", {"layer": "conv2", "input": "digits:7"}),
    "lenet5-patches": ("patches", "lenet5", {"layer": "conv2", "data": "digits", "limit": 60}),
    "lenet5-deconv": (
        "patches", "lenet5", {"layer": "conv2", "data": "digits", "limit": 60, "reconstruct": "deconv"},
    ),
    "lenet5-deconvnet": ("deconvnet", "lenet5", {"layer": "conv3", "units": [6], "input": "digits:7"}),
    "squeezenet-deconvnet": ("deconvnet", "squeezenet", {"layer": "fire4_concat", "units": [5], "input": "photos:3"}),
    "lenet5-unit": ("unit", "lenet5", {"layer": "conv2", "units": [3], "data": "digits", "input": "digits:7"}),
    "lenet5-mistakes": ("mistakes", "lenet5", {"data": "digits"}),
    "lenet5-failures": ("failures", "lenet5", {"data": "digits", "method": "fgsm", "limit": 60}),
    "lenet5-influence": ("influence", "lenet5", {"data": "digits", "input": "digits:7", "examples": 60}),
    "lenet5-compare": ("compare", "lenet5", {"other": "dbn", "data": "digits", "samples_used": 50}),
    "lenet5-guess": ("guess", "lenet5", {"layer": "conv2", "data": "digits"}),
    "lenet5-predictions": ("predictions", "lenet5", {"input": "digits:7"}),
    "lenet5-ablation": ("ablation", "lenet5", {"layer": "conv2", "data": "digits", "find": "8", "limit": 300}),
    "lenet5-attribution_graph": ("attribution_graph", "lenet5", {"input": "digits:7", "cut": "conv2:9"}),
    "lenet5-distributions": ("distributions", "lenet5", {"data": "digits", "samples_used": 20}),
    "lenet5-concepts": ("concepts", "lenet5", {"layer": "conv2", "data": "digits", "limit": 100, "target": "8"}),
    "lenet5-tcav": ("tcav", "lenet5", {"layer": "conv2", "data": "digits", "limit": 100, "sets": 2}),
    "squeezenet-architecture": ("architecture", "squeezenet", {}),
    "squeezenet-filters": ("filters", "squeezenet", {"layer": "fire4_expand3x3"}),
    "squeezenet-activations": ("activations", "squeezenet", {"layer": "fire4_expand3x3", "input": "photos:3"}),
    "squeezenet-predictions": ("predictions", "squeezenet", {"input": "photos:3"}),
    "squeezenet-failures": ("failures", "squeezenet", {"data": "photos", "method": "fgsm", "limit": 3}),
    "squeezenet-patches": (
        "patches", "squeezenet", {"layer": "fire4_expand3x3", "data": "photos", "limit": 9, "units": list(range(12))},
    ),
    **{f"sums-{view}": (view, "sums", {}) for view in ("architecture", "filters", "predictions", "states")},
    **{f"tree_lstm-{view}": (view, "tree_lstm", {}) for view in ("architecture", "filters", "predictions", "states")},
    **{f"motifs-{view}": (view, "motifs", {}) for view in ("architecture", "filters", "activations", "predictions")},
    **{f"{name}-attention": ("attention", name, {}) for name in ("sums", "dates")},
    **{f"{name}-compare": ("compare", name, {"other": name, "samples_used": 20}) for name in ("dates", "autoencoder")},
    "squeezenet-compare": ("compare", "squeezenet", {"other": "alexnet32", "data": "photos", "samples_used": 10}),
    "alexnet32-failures": ("failures", "alexnet32", {"method": "fgsm", "limit": 20}),
    **{f"{name}-activations": ("activations", name, {}) for name in ("sums", "dates", "tree_lstm", "tones")},
    **{f"{name}-filters": ("filters", name, {}) for name in ("dates", "tones")},
    **{f"{name}-patches": ("patches", name, {"limit": 40}) for name in ("sums", "dates", "tree_lstm", "tones")},
    "tones-failures": ("failures", "tones", {"limit": 3, "method": "fgsm"}),
    "motifs-influence": ("influence", "motifs", {"examples": 40}),
    "motifs-patches": ("patches", "motifs", {"limit": 60}),
    "motifs-unit": ("unit", "motifs", {"limit": 60}),
}  # fmt: skip
ENOUGH = 0.6
"""What pictures, cells and axes cover of the main panel's rectangle."""
LARGE = ("patches", "activations", "filters", "failures", "attention", "compare", "guess", "states")
"""Views of which that is asked."""


@pytest.fixture(scope="module")
def pages() -> dict[str, list[Drawn]]:
    return {}


def pages_of(name: str, pages: dict[str, list[Drawn]]) -> list[Drawn]:
    if name not in pages:
        view, model, how = SHEETS[name]
        pages[name] = drawn(dlviz.show(view, model, **how))
    return pages[name]


@pytest.mark.parametrize("name", SHEETS)
def test_nothing_is_cut_small_or_overlaps(name: str, pages: dict[str, list[Drawn]]) -> None:
    assert_tidy(pages_of(name, pages))


@pytest.mark.parametrize("view", ["mistakes", "failures", "predictions", "checkup"])
@pytest.mark.parametrize("network", ["series", "table"])
def test_nor_on_pages_of_numbers(network: str, view: str, tmp_path: Path) -> None:
    model, arrays = series() if network == "series" else table()
    np.savez(tmp_path / "rows.npz", **arrays)
    how = {"input": f"{tmp_path / 'rows.npz'}:1"} if view == "predictions" else {"data": str(tmp_path / "rows.npz")}
    sheet = dlviz.show(view, model, **how, **({"method": "fgsm"} if view == "failures" else {}))
    assert_tidy(drawn(sheet))
    assert panels_page(sheet.panels, room_on_page(sheet)).get_figheight() < WIDTH


def series() -> tuple[keras.Model, dict[str, np.ndarray]]:
    """Twenty numbers made of three curves of 24 steps."""
    layers = [keras.Input((24, 3), name="curves"), keras.layers.Flatten(), keras.layers.Dense(20, name="next")]
    model = keras.Sequential(layers, name="series")
    model.compile(loss="mse")
    random = np.random.default_rng(0)
    curves = random.normal(size=(12, 24, 3)).cumsum(axis=1).astype(np.float32)
    return model, {"x": curves, "y": curves[:, 4:, 0]}


def table() -> tuple[keras.Model, dict[str, np.ndarray]]:
    """Classes of rows that come in two inputs."""
    age, blood = keras.Input((1,), name="age"), keras.Input((4,), name="blood")
    hidden = keras.layers.Concatenate()([age, blood])
    model = keras.Model([age, blood], keras.layers.Dense(3, "softmax", name="risk")(hidden), name="table")
    random = np.random.default_rng(0)
    rows = {"age": random.normal(size=(40, 1)), "blood": random.normal(size=(40, 4))}
    return model, {**{name: x.astype(np.float32) for name, x in rows.items()}, "y": np.arange(40) % 3}


@pytest.mark.parametrize("name", [name for name, (view, *_) in SHEETS.items() if view in LARGE])
def test_the_picture_that_one_came_for_is_large(name: str, pages: dict[str, list[Drawn]]) -> None:
    """On every page; where pages share pictures evenly, fewer than there is room for, all are equally large."""
    sizes: dict[str, tuple[float, float]] = {}
    kinds = {type(page.panels[at]) for page, _ in pages_of(name, pages) for at in main_panels(page.panels)}
    shown = Tiles if Tiles in kinds else (Matrix, Curves)  # beside pictures, curves say how far layers move
    for page, figure in pages_of(name, pages):
        rects, blocks = laid_out(page.panels, figure.get_figheight() - MARGIN)
        for at in main_panels(page.panels):
            if not isinstance(page.panels[at], shown):
                continue
            rect, head = rects[at], blocks[at].head
            room = Bbox.from_bounds(rect.left + MARGIN, rect.top + MARGIN / 2 + head, rect.width, rect.height - head)
            inside = [box for box in pictures_of(figure) if room.padded(0.02).contains(*(box.min + box.max) / 2)]
            covered = sum(box.width * box.height for box in inside) / (room.width * room.height)
            if isinstance(panel := page.panels[at], Tiles) and len(panel.images) < panel.room_for:
                assert inside[0].size == pytest.approx(sizes.setdefault(panel.title, inside[0].size), rel=0.01), (
                    page.title
                )
                assert covered >= ENOUGH / 2, (page.title, covered)
            else:
                assert covered >= ENOUGH, (page.title, covered)
                sizes[getattr(panel, "title", "")] = tuple(inside[0].size)


def test_words_do_not_stand_on_pictures(pages: dict[str, list[Drawn]]) -> None:
    for name in SHEETS:
        for page, figure in pages_of(name, pages)[:1]:
            if any(isinstance(panel, Matrix | Arrays | Diagram) for panel in page.panels):
                continue
            for text in texts_of(figure):
                box = text.get_window_extent()
                top = figure.get_figheight() - box.y1 / figure.dpi
                place = Bbox.from_bounds(box.x0 / figure.dpi, top, box.width / figure.dpi, box.height / figure.dpi)
                for picture in pictures_of(figure):
                    over = Bbox.intersection(place, picture)
                    assert over is None or min(over.width, over.height) < 0.06, (page.title, text.get_text())
