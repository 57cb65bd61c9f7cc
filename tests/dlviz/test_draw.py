import base64
import io
import re
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from PIL import Image as Pillow

from dlviz.draw import MEDIA, lettering, save
from dlviz.draw.canvas import Block, Canvas
from dlviz.draw.page import MARGIN, WIDTH, fitted, page, placed, placed_panels, room_on_page
from dlviz.draw.paging import came_for, paged
from dlviz.draw.paper import sized, whole_page
from dlviz.draw.tiles import _set, broken, fit_tiles
from dlviz.sheet import (
    Bars,
    Curves,
    Diagram,
    Formula,
    Image,
    Matrix,
    Node,
    Paragraph,
    Passage,
    Passages,
    Scatter,
    Sheet,
    Tiles,
    on_one_scale,
)
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)
NASTY = "<b>$x_1$ & “wide” \x07 名前</b>"
PANELS = {
    "tiles": Tiles(RANDOM.normal(size=(7, 5, 6, 1)), captions=tuple(f"{i}: caption" for i in range(7))),
    "table": Tiles(
        RANDOM.normal(size=(6, 3, 3, 3)), "signed", columns=3, row_labels=("a", "b"), column_labels=("x", "y", "z"),
        boxes=np.tile([0, 1, 2, 3], (6, 1)),
    ),
    "image": Image(
        RANDOM.integers(0, 255, (9, 12, 3), np.uint8), heat=np.full((9, 12), 0.5), boxes=np.array([[1, 2, 5, 9]])
    ),
    "matrix": Matrix(RANDOM.normal(size=(3, 4)), ("r1", "r2", "r3"), ("c1", "c2", "c3", "c4"), "rows", "columns"),
    "curves": Curves(np.arange(3), {"train": np.ones(3), "test": np.zeros(3)}, "epoch", "loss"),
    "named curves": Curves(np.arange(3), {"$a$": np.ones(3)}, x_labels=("one", "two", "three")),
    "bars": Bars(("cat", "dog"), np.array([0.75, 0.25]), limit=1.0, right=0),
    "graph": Diagram((Node("in", ("Input",), 0, 0), Node("out", ("Dense", "10"), 1, 0, "Dense")), ((0, 1),)),
    "text": Paragraph("a  1\nb  2"),
}  # fmt: skip


def sheet(*names: str, title: str = "A title", arrays: dict[str, np.ndarray] | None = None) -> Sheet:
    return Sheet(title, "What is seen here.", tuple(PANELS[n] for n in names or PANELS), arrays or {})


@pytest.mark.parametrize("ending", MEDIA)
def test_every_panel_in_every_medium(tmp_path, ending):
    save([sheet(arrays={"x": np.ones(2)})], tmp_path / f"a{ending}", dpi=40)
    assert (tmp_path / f"a{ending}").stat().st_size > 100
    assert [p.name for p in tmp_path.iterdir()] == [f"a{ending}"]


def test_letters_stay_letters_in_svg_and_strange_names_do_no_harm(tmp_path):
    save([Sheet(NASTY, NASTY, (Paragraph(NASTY, NASTY), Bars((NASTY,), np.ones(1), NASTY)))], tmp_path / "a.svg")
    tree = ElementTree.parse(tmp_path / "a.svg")
    texts = [t.text for t in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count(lettering.plain(NASTY)) >= 4


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_letters_of_all_scripts_are_drawn_without_a_word(tmp_path, ending, capfd, caplog):
    """Warnings are errors here."""
    says = "卷积层 ひらがな 한국어 الطبقة ภาษาไทย हिन्दी 😀🦄 \U0010fffd"
    curves = Curves(np.arange(2), {says: np.ones(2)}, says, says, x_labels=(says, "x"))
    save(
        [Sheet(says, says, (Paragraph(says, says), Bars((says,), np.ones(1), says), curves))],
        tmp_path / f"a{ending}",
        40,
    )
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_letters_that_the_own_font_lacks_are_taken_from_others(tmp_path, monkeypatch):
    letter = "\u24b7"  # in STIX, which comes with matplotlib, and not in DejaVu
    monkeypatch.setattr(lettering, "_installed", lambda: ("STIXGeneral",))
    renderer, alone = RendererAgg(1, 1, 288), FontProperties(family="STIXGeneral", size=100)
    lettering.width.cache_clear()
    assert lettering.width(letter, 100) == renderer.get_text_width_height_descent(letter, alone, False)[0] / 288
    save([Sheet(letter, "x", (Paragraph("x"),))], tmp_path / "a.svg")
    styles = {
        t.text: t.get("style") for t in ElementTree.parse(tmp_path / "a.svg").iter("{http://www.w3.org/2000/svg}text")
    }
    assert "'DejaVu Sans', 'STIXGeneral'" in styles[letter]
    assert "STIXGeneral" not in styles["x"]


def test_a_pdf_has_a_page_for_each_sheet(tmp_path):
    save([sheet("text"), sheet("bars")], tmp_path / "a.pdf")
    content = (tmp_path / "a.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", content)) == 2
    assert b"/FontType 42" in content or b"/Subtype /Type0" in content
    assert b"/Title (A title)" in content


def test_a_png_is_a_slide_or_taller(tmp_path):
    save([sheet("bars")], tmp_path / "a.png", dpi=60)
    with Pillow.open(tmp_path / "a.png") as picture:
        assert picture.size == (800, 450)
    many = Tiles(np.zeros((120, 8, 8, 1)), columns=4, captions=("a caption",) * 120)
    save([Sheet("t", "s", (many,))], tmp_path / "b.png", dpi=30)
    with Pillow.open(tmp_path / "b.png") as picture:
        assert picture.height > 225


def test_html_is_one_file_with_real_words_and_decodable_pictures(tmp_path):
    save([sheet(title=NASTY), sheet("text", title="second")], tmp_path / "a.html")
    page_text = (tmp_path / "a.html").read_text("utf-8")
    assert "&lt;b&gt;$x_1$ &amp; “wide”   名前&lt;/b&gt;" in page_text
    assert "<b>$" not in page_text
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", page_text)
    assert "http" not in page_text
    assert page_text.count("<section") == 2
    assert 'href="#sheet1"' in page_text
    pictures = re.findall(r"data:image/png;base64,([^\"]+)", page_text)
    assert len(pictures) == 7 + 6 + 1
    pixels = np.asarray(Pillow.open(io.BytesIO(base64.b64decode(pictures[0]))))
    tile = PANELS["tiles"].images[0]
    expected = (tile - tile.min()) / (tile.max() - tile.min()) * 255
    assert np.abs(pixels.astype(float) - expected).max() <= 1


def test_npz_holds_the_arrays_of_the_last_sheet(tmp_path):
    save([sheet("text"), sheet("text", arrays={"weights": np.arange(6.0)})], tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        assert file.files == ["weights"]
        assert np.array_equal(file["weights"], np.arange(6.0))


@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_animations_have_a_frame_for_each_sheet(tmp_path, ending):
    save([sheet("text"), sheet("bars"), sheet("image")], tmp_path / f"a{ending}", dpi=30)
    with Pillow.open(tmp_path / f"a{ending}") as animation:
        assert animation.n_frames == 3


@pytest.mark.parametrize(("name", "says"), [("a.jpg", ".html"), ("nothing", ".html"), ("a.npz", "no arrays")])
def test_what_cannot_be_written_is_said(tmp_path, name, says):
    with pytest.raises(UserError, match=re.escape(says)):
        save([sheet("text")], tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [1, 2, 13, 64, 200, 1000])
@pytest.mark.parametrize("caption", ["", "{}: -0.12 to 3.4", "{}: block_13_expand_depthwise_normalisation_and_more"])
def test_tiles_stay_on_the_page(count, caption):
    captions = tuple(caption.format(i) for i in range(count)) if caption else ()
    block = fitted(Tiles(np.zeros((count, 7, 5, 1)), captions=captions), 12.0, 6.0)
    assert isinstance(block, Block)
    assert block.width <= 12.0 + 1e-6
    assert block.height <= 12.0


def test_no_words_overlap_or_leave_the_page():
    long = tuple(f"{'long_' * 12}{i}" for i in range(30))
    for panel in (
        Tiles(np.zeros((30, 8, 8, 1)), captions=long),
        Bars(long, np.linspace(0, 1, 30)),
        Matrix(np.eye(30), long, long, "true", "predicted"),
        Matrix(np.eye(3), long[:3], ("x", "y", "z"), "", "colours: deviation from the mean of each column " * 2),
        Diagram(tuple(Node(name, ("Conv2D  3×3", name), i, 0) for i, name in enumerate(long)), ()),
    ):
        figure = page(Sheet("title " * 60, "says " * 90, (panel,)))
        figure.draw_without_rendering()
        boxes = [t.get_window_extent() for axes in figure.axes for t in axes.texts]
        right = (WIDTH - MARGIN / 4) * figure.dpi
        assert all(b.x0 >= 0 and b.x1 <= right and b.y0 >= 0 and b.y1 <= figure.bbox.height for b in boxes)
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
                assert across <= 1 or down <= 4, type(panel)


@pytest.mark.parametrize("plot", [Scatter, Curves])
def test_numbers_and_titles_of_axes_stay_on_the_page(plot):
    far, titles = np.array([-123.25, 456.5]), {"x_title": "true price", "y_title": "predicted price"}
    limits = (-123.25, 456.5, -123.25, 456.5)
    panel = (
        Scatter({"a": np.stack([far, far], 1)}, limits=limits, **titles)
        if plot is Scatter
        else plot(far, {"a": far}, **titles)
    )
    figure = page(Sheet("title", "summary", (panel, Paragraph("beside", role="beside"))))
    figure.draw_without_rendering()
    assert all(axes.get_tightbbox().x0 >= 0 for axes in figure.axes[1:])


@pytest.mark.parametrize("plot", [Scatter, Curves])
@pytest.mark.parametrize("width", [3.5, 5.0, 8.0, 12.0])
def test_numbers_along_an_axis_stand_apart(plot, width):
    far = np.array([243_650.0, 260_250.0])
    panel = Scatter({"a": np.stack([far, far], 1)}, limits=(*far, *far)) if plot is Scatter else plot(far, {"a": far})
    block = fitted(panel, width, 5)
    canvas = Canvas(width, 5)
    block.draw(canvas, 0, 0)
    canvas.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in canvas.figure.axes[1].get_xticklabels() if text.get_text()]
    boxes = [box for box in boxes if box.x1 >= 0 and box.x0 <= canvas.figure.bbox.width]
    assert all(right.x0 - left.x1 > 5 for left, right in pairwise(boxes))


@pytest.mark.parametrize("plot", [Scatter, Curves])
def test_what_an_axis_stands_for_stays_below_a_narrow_plot(plot):
    x, title = np.array([0.0, 10.0]), "milliseconds"
    panel = Scatter({"a": np.stack([x, x], 1)}, limits=(0, 10, 0, 10), x_title=title) if plot is Scatter else plot(
        x, {"a": x}, title)  # fmt: skip
    canvas = Canvas(8, 5)
    fitted(panel, 1.8, 4).draw(canvas, 3, 0)
    canvas.figure.draw_without_rendering()
    box = canvas.figure.axes[1].xaxis.label.get_window_extent()
    assert 3 * canvas.figure.dpi <= box.x0 + 3
    assert box.x1 <= 4.8 * canvas.figure.dpi


def test_curves_are_whole_only_with_the_names_of_all():
    curves = Curves(np.arange(2), {"#372 (falling)": np.zeros(2), "#3 (rising)": np.ones(2)})
    assert fitted(curves, 3, 3).whole
    assert not fitted(curves, 1.5, 3).whole


def test_a_small_table_is_whole_only_with_its_numbers():
    table = Matrix(np.array([[330.803, 450.078, 44.347, 0.973]]), ("euro",), ("MAE", "RMSE", "bias", "R²"), decimals=3)
    assert fitted(table, 8, 3).whole
    assert not fitted(table, 4, 3).whole


def test_what_stands_side_by_side_begins_at_one_height_with_or_without_a_title():
    image = Image(np.zeros((9, 9, 3), np.uint8), title="A title")
    tops = [axes.get_extent()[3] for axes in page(Sheet("a", "b", (image, PANELS["tiles"]))).axes[0].images]
    assert tops[0] == pytest.approx(tops[1])


def test_a_legend_over_a_narrow_image_stays_on_the_page():
    names = [f"a class of long name {number}" for number in range(9)]
    image = Image(np.zeros((90, 60, 3), np.uint8), legend=dict.fromkeys(names, "#000"))
    figure = page(Sheet("a", "b", (image,)))
    figure.draw_without_rendering()
    written = {t.get_text(): t.get_window_extent().x1 for axes in figure.axes for t in axes.texts}
    assert max(written[name] for name in names) <= figure.bbox.x1


def test_what_begins_lower_than_it_would_alone_is_as_much_smaller():
    """A panel without a title beside one with two lines of it leaves what is under both alone."""
    plane = Scatter({"path": np.eye(2)}, role="main")
    curves = Curves(np.arange(9), {"a": np.arange(9.0)}, "step", "", "A title of many words that takes two lines here",
                    role="beside")  # fmt: skip
    figure = page(Sheet("a", "b", (plane, curves, Formula(("y = x",), role="legend"))))
    figure.draw_without_rendering()
    (formula,) = [t for axes in figure.axes for t in axes.texts if t.get_text() == "y = x"]
    labels = [axes.xaxis.get_tightbbox() for axes in figure.axes[1:]]
    assert all(box.y0 >= formula.get_window_extent().y1 for box in labels)


def test_a_diagram_says_all_there_is_room_for_and_its_arrows_stay_in_the_block():
    nodes = tuple(Node(f"layer{i}", ("Conv2D 9", "1 parameter"), i, 0) for i in range(12))
    wide = Node("last", ("Conv2D 10", "48,120 parameters  sees 28×28"), 12, 0)
    block = fitted(Diagram((*nodes, wide), tuple((i, i + 1) for i in range(12))), 14, 9)
    canvas = Canvas(14, block.height)
    block.draw(canvas, 0, 0)
    assert "48,120 parameters  sees 28×28" in [text.get_text() for text in canvas.axes.texts]
    ends = np.concatenate([p.get_path().vertices for p in canvas.axes.patches if isinstance(p, PathPatch)])
    assert ends[:, 1].min() >= 0
    assert ends[:, 1].max() <= block.height


@pytest.mark.parametrize(("rows", "before", "least", "most"), [(3, "the film", 32, 40), (8, "the film", 24, 36),
                                                                (3, "the film is " * 20, 18, 18)])  # fmt: skip
def test_passages_are_as_large_as_all_their_words_have_room_for(rows, before, least, most):
    panel = Passages(tuple(Passage(f"unit {n}", before, "very funny", "to see", f"0.{n} · #4") for n in range(rows)))
    block = fitted(panel, 12, 5)
    canvas = Canvas(12, 5)
    block.draw(canvas, 0, 0)
    assert block.height <= 5
    [size] = {text.get_fontsize() for text in canvas.axes.texts}
    assert least <= size <= most
    words = {text.get_text().strip() for text in canvas.axes.texts}
    assert {"very funny", "to see", "unit 0", "0.0 · #4"} <= words
    canvas.figure.set_dpi(288)
    boxes = [text.get_window_extent() for text in canvas.axes.texts]
    for one, other in combinations(boxes, 2):
        assert not one.padded(-2).overlaps(other.padded(-2))
    assert all(box.x0 >= 0 and box.x1 <= 12 * canvas.figure.dpi for box in boxes)


@pytest.mark.parametrize("width", [6, 8, 10, 12])
def test_what_is_seen_is_cut_at_whole_words_and_keeps_its_end(width):
    numbers = " ".join(map(str, range(100, 130)))
    block = fitted(Passages((Passage("unit 0", "1 12 123", numbers, "1 12", "0.3"),)), width, 3)
    canvas = Canvas(width, 3)
    block.draw(canvas, 0, 0)
    _, before, seen, after, _ = (text.get_text().split() for text in canvas.axes.texts)
    assert seen[0] == "…"
    assert " ".join(seen[1:]) == numbers[-4 * len(seen[1:]) + 1 :]
    assert {*before, *after} <= {"1", "12", "123"}


def test_what_is_seen_has_the_room_that_nothing_beside_it_needs():
    numbers = " ".join(map(str, range(100, 115)))
    block = fitted(Passages((Passage("unit 0", "", numbers, "", "0.3"),)), 12, 3)
    canvas = Canvas(12, 3)
    block.draw(canvas, 0, 0)
    assert numbers in [text.get_text() for text in canvas.axes.texts]


def test_a_tree_stands_upright_however_low_its_room_is():
    tree = Diagram((Node("neutral", ("95%",), 0, 0.5), *(Node(word, ("neutral", "100%"), 1, place)
                    for place, word in enumerate(("a", "film")))), ((0, 1), (0, 2)))  # fmt: skip
    block = fitted(tree, 12, 1.9)
    canvas = Canvas(12, block.height)
    block.draw(canvas, 0, 0)
    tops = {text.get_text(): text.get_window_extent().y0 for text in canvas.axes.texts}
    assert tops["95%"] > max(tops["a"], tops["film"])


@pytest.mark.parametrize("size", [2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 9.0, 12.0])
def test_bars_name_each_class_in_full_whatever_room_there_is(size):
    for names in [*zip("123456789", "987654321", strict=True), ("no", "yes")]:
        block = fitted(Bars(names, np.array([1.0, 0.0]), limit=1.0, right=0), size, 4)
        canvas = Canvas(size, 4)
        block.draw(canvas, 0, 0)
        assert set(names) <= {text.get_text() for text in canvas.axes.texts}


def test_below_a_diagram_higher_than_any_page_nothing_stands_in_it():
    nodes = tuple(Node(f"a long name of layer {n}", ("Dense", "10"), n // 7, n % 7) for n in range(1400))
    panels = Diagram(nodes, (), role="main"), Paragraph("Layers  1400\nInput   28×28×1\n" * 4, "Totals")
    diagram, totals = placed_panels(panels, 7.5)
    assert totals.top >= diagram.top + diagram.block.height or totals.left >= diagram.left + diagram.block.width


def test_captions_of_two_lines_are_all_broken_at_the_same_place():
    captions = ("4.56 · #126 (6)", "5.9 · #8 (3)", "")
    assert _set(list(captions), 2) == ["4.56\n#126 (6)", "5.9\n#8 (3)", ""]
    assert _set(list(captions), 1) == list(captions)


def test_a_confusion_matrix_names_each_of_its_classes_however_little_room_there_is():
    names = tuple(map(str, range(10)))
    block = fitted(Matrix(np.eye(10), names, names, "true", "said", decimals=0, plain_diagonal=True), 7, 2)
    canvas = Canvas(7, block.height)
    block.draw(canvas, 0, 0)
    written = [text.get_text() for text in canvas.axes.texts]
    assert all(written.count(name) >= 2 for name in names)


def test_names_that_are_turned_stand_above_every_column():
    """As long as columns are as wide as a letter is high."""
    names = ("age", "sex", "body mass", "blood pressure", *(f"serum {n}" for n in range(6)))
    block = fitted(Matrix(np.full((9, 10), 123.45), ("patient",) * 9, names), 4.8, 3)
    canvas = Canvas(4.8, block.height)
    block.draw(canvas, 0, 0)
    assert set(names) <= {text.get_text() for text in canvas.axes.texts}
    assert block.width <= 4.8 + 1e-6


def test_a_number_that_is_rounded_to_zero_has_no_sign():
    block = fitted(Matrix(np.array([[1.0, -0.001]]), ("a",), ("b", "c")), 8, 4)
    canvas = Canvas(8, 4)
    block.draw(canvas, 0, 0)
    assert "0.00" in [text.get_text() for text in canvas.axes.texts]


def test_a_large_matrix_has_few_words():
    names = tuple(f"class {i}" for i in range(1000))
    figure = page(Sheet("t", "s", (Matrix(np.eye(1000), names, names),)))
    assert sum(len(axes.texts) for axes in figure.axes) < 130


@pytest.mark.parametrize("text", ["short", "one_very_long_name_without_any_spaces_in_it", "many words in a line " * 3])
@pytest.mark.parametrize("room", [0.3, 1.0, 2.5])
def test_words_fit_their_room(text, room):
    lines = lettering.wrap(text, 11, room, 2)
    assert len(lines) <= 2
    assert all(lettering.width(line, 11) <= room for line in lines)
    assert lettering.shorten(text, 11, 100) == text


def test_a_sentence_without_room_ends_after_a_whole_word():
    text = "strongest weights from fire8_expand3x3, to fire9_expand1x1 and fire9_expand3x3"
    first, last = lettering.wrap(text, 11, 2.0, 2)
    assert last.endswith(" …")
    shown = f"{first} {last.removesuffix(' …')}".split()
    assert shown == text.split()[: len(shown)]


def test_a_page_shows_main_pictures_of_one_image_large_and_alike(tmp_path):
    map_, contact_sheet = np.zeros((1, 20, 30, 1)), np.zeros((6, 20, 30, 1))
    panels = (
        Image(np.zeros((20, 30, 3), np.uint8), role="main"),
        Tiles(map_, role="main"),
        Tiles(contact_sheet, role="main"),
    )
    path = tmp_path / "page.html"
    save([Sheet("t", "s", panels)], path)
    found = re.findall(r'<div class="?(\w+)( single" style="--aspect:1.5")?>', path.read_text("utf-8"))
    assert [(kind, bool(single)) for kind, single in found if kind in ("image", "tiles")] == [
        ("image", True), ("tiles", True), ("tiles", False),
    ]  # fmt: skip


def test_in_one_picture_main_tiles_have_the_whole_width_where_they_would_be_small():
    row = Tiles(np.zeros((4, 20, 20, 1)), captions=tuple("abcd"), columns=4, column_labels=tuple("abcd"), role="main")
    layers = Curves(np.arange(8), {"a": np.arange(8), "b": np.arange(8)}, x_labels=("fire2_expand3x3",) * 8)
    first, rest = came_for((row, layers), 5.0)
    assert first == (row,)
    assert [type(panel) for panel in rest] == [Curves]
    assert came_for((row, Paragraph("a word")), 5.0)[1] == ()


def test_matrices_before_and_after_a_change_stand_on_one_page_and_matrices_of_other_things_on_two():
    names = ("very negative", "negative", "neutral", "positive", "very positive")
    before, after = (
        Matrix(np.full((5, 5), value), names, names, title=f"{value}", decimals=0, role="main") for value in (9, 99)
    )
    compared = Sheet("t", "a sentence of two lines " * 8, tuple(on_one_scale([before, after])))
    assert len(paged(compared, room_on_page)) == 1
    assert len(paged(replace(compared, panels=(before, after)), room_on_page)) == 2


def test_paragraphs_have_a_page_each_rather_than_a_line_each():
    words = ["\n".join(["some words " * 6] * count) for count in (8, 12)]
    pages = paged(Sheet("t", "s", tuple(Paragraph(text) for text in words)), room_on_page)
    assert [panel.text for page in pages for panel in page.panels] == words


def test_on_paper_an_image_has_the_width_of_a_page_that_is_higher_than_a_slide():
    wide, square = (Image(np.zeros((100, width, 3), np.uint8), role="main") for width in (200, 100))
    assert placed(Sheet("t", "s", (wide,)).panels, room_on_page(Sheet("t", "s", ())))[0].block.width < WIDTH - 2
    height = whole_page(Sheet("t", "s", (wide,))).get_figheight()
    assert (WIDTH - 2 * MARGIN) / 2 < height <= 10
    assert whole_page(Sheet("t", "s", (square,))).get_figheight() == pytest.approx(10)
    assert whole_page(Sheet("t", "s", (Paragraph("a word"),))).get_figheight() == pytest.approx(7.5)


def test_an_axis_with_ends_of_its_own_does_not_magnify_rounding():
    canvas = Canvas(6, 4)
    fitted(Curves(np.arange(2), {"a": np.array([1 - 1e-7, 1])}, limits=(0, 1)), 6.0, 4.0).draw(canvas, 0, 0)
    low, high = canvas.figure.axes[-1].get_ylim()
    assert -0.1 < low < 0
    assert 1 < high < 1.1


def test_curves_beside_a_high_picture_use_the_height_of_their_column():
    curves = Curves(np.arange(8), {"a": np.arange(8), "b": np.arange(8)}, x_labels=("fire2_expand3x3",) * 8)
    assert fitted(curves, 3.0, 6.0).height > 0.9 * 6
    assert fitted(curves, 3.0, 20.0).height < 10


@pytest.mark.parametrize(("size", "share"), [((1600, 900), 0.3), ((900, 1600), 0.5)])
def test_in_one_picture_of_a_given_size_what_one_came_for_is_largest(size, share):
    """Here rows of red pictures beside curves with long names."""
    red = np.zeros((24, 8, 8, 3), np.uint8)
    red[..., 0] = 255
    names = ("before", "change", "after", "noise")
    rows = Tiles(red, "pixels", captions=("English Springer, 98%",) * 24, columns=4, column_labels=names, role="main")
    layers = Curves(np.arange(8), {"a": np.arange(8), "b": np.arange(8)}, x_labels=("fire2_expand3x3",) * 8)
    picture = np.asarray(sized(Sheet("t", "s", (rows, layers)), 0, size))
    assert picture.shape == (*size[::-1], 3)
    assert (picture == red[0, 0, 0]).all(axis=-1).mean() > share


def test_the_patches_of_one_unit_are_broken_into_lines_in_a_narrow_room():
    """Those of its two rows that belong together stay under each other."""
    row = Tiles(np.arange(12).reshape(12, 1, 1, 1), keys=(3,) * 12, columns=6, together=2, folded=True)
    assert [[*lines.images.ravel()] for lines in broken(row) if lines.columns == 3] == [
        [0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11]
    ]
    assert fit_tiles(row, 4.0, 12.0).pictures > 0.6 * 4 * 12
    assert fit_tiles(row, 12.0, 4.0).pictures > 0.6 * 4 * 12


def test_a_few_pictures_are_never_without_what_is_said_of_them():
    """However low the room is; of very many the numbers stand beside the rows."""
    said = tuple(f"fishing casting reel: was golf ball {number}" for number in range(12))
    few = Tiles(np.zeros((12, 8, 8, 1)), captions=said)
    figure = page(Sheet("t", "s", (few,)), height=4.0)
    words = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert words.count("fishing") == words.count("golf") == 12
    assert figure.get_figheight() > 4


def test_a_single_unit_on_the_last_of_several_pages_has_all_of_it():
    """Of three units that stand two on a page."""
    units = Tiles(
        np.zeros((96, 14, 14, 1)), captions=("5.43 · #801 (0)",) * 96, keys=tuple(np.repeat(range(3), 32).tolist()),
        selects="unit", columns=16, row_labels=("unit", "deconv") * 3, together=2, folded=True,
    )  # fmt: skip
    pages = paged(Sheet("t", "s", (units,)), lambda sheet: 5.5)
    assert [len(page.panels[0].images) for page in pages] == [64, 32]
    first, last = (fit_tiles(page.panels[0], 12.0, 5.5) for page in pages)
    assert last.width > 0.6 * first.width
