"""What PowerPoint repairs or refuses is looked for in the parts of the file themselves; LibreOffice opens all of it."""

import io
import posixpath
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from openxml_audit import validate_pptx
from PIL import Image as Pillow
from pptx import Presentation
from pptx.enum.chart import XL_MARKER_STYLE
from pptx.enum.dml import MSO_FILL
from pptx.util import Emu

from dlviz.draw import save
from dlviz.draw.slide_charts import is_native
from dlviz.sheet import Bars, Curves, Diagram, Formula, Matrix, Node, Paragraph, Sheet, Tiles
from tests.panels import EXAMPLES

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
NASTY = "\x00\x07\x0b\ud800\ufffe <b>&amp; “wide” 名前"
LONG = "What each unit of fire4_expand3x3 responds to in the photographs that were looked at is shown here. " * 9
SHEETS = [
    Sheet("All kinds", "What is seen here.", tuple(EXAMPLES.values())),
    Sheet(NASTY, NASTY, (Paragraph(NASTY, NASTY), Bars((NASTY, ""), np.array([np.nan, 1.0]), NASTY))),
    Sheet("", "", (Curves(np.arange(4), {"": np.array([1, np.nan, 2, np.inf]), "b": np.full(4, np.nan)}),)),
    Sheet("nothing", LONG, (), question="Why?", answer="Because.", note="Preprocessing is caffe.", source="A book."),
    Sheet(
        "classes",
        "250 of them.",
        (
            Matrix(np.eye(250), *[tuple(f"class {i}" for i in range(250))] * 2),
            Bars(tuple(f"a rather long name of class {i}" for i in range(250)), np.linspace(0, 1, 250)),
        ),
    ),
]


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    path = tmp_path_factory.mktemp("slides") / "a.pptx"
    save(SHEETS, path)
    return path


@pytest.fixture(scope="module")
def parts(deck) -> dict[str, bytes]:
    with zipfile.ZipFile(deck) as file:
        names = file.namelist()
        assert len(names) == len(set(names))
        return {name: file.read(name) for name in names}


def targets(parts: dict[str, bytes], relations: str) -> list[str]:
    """The parts that a part of relations leads to."""
    folder = posixpath.dirname(posixpath.dirname(relations))
    found = [r.get("Target") for r in ElementTree.fromstring(parts[relations]) if r.get("TargetMode") != "External"]
    return [t.lstrip("/") if t.startswith("/") else posixpath.normpath(posixpath.join(folder, t)) for t in found]


def test_every_relation_leads_to_a_part_and_every_part_is_led_to(parts):
    led_to = {target for name in parts if name.endswith(".rels") for target in targets(parts, name)}
    assert led_to <= set(parts)
    own = {name for name in parts if not name.endswith(".rels") and name != "[Content_Types].xml"}
    assert own == led_to


def test_every_part_keeps_to_the_schemas_of_the_standard(deck):
    """As the validator finds that Microsoft's own, of the Open XML SDK, was ported to: order, values, references."""
    assert not validate_pptx(deck).errors


def test_relations_named_in_a_part_exist_and_are_different(parts):
    for name, content in parts.items():
        relations = f"{posixpath.dirname(name)}/_rels/{posixpath.basename(name)}.rels"
        ids = [r.get("Id").encode() for r in ElementTree.fromstring(parts[relations])] if relations in parts else []
        assert len(ids) == len(set(ids)), name
        if name.endswith(".xml"):
            assert set(re.findall(rb'r:(?:embed|id|link)="([^"]+)"', content)) <= set(ids), name


def test_charts_count_the_points_that_they_hold_and_their_axes_have_numbers_of_their_own(parts):
    charts = [ElementTree.fromstring(content) for name, content in parts.items() if name.startswith("ppt/charts/chart")]
    assert charts
    for chart in charts:
        axes = [axis.find(f"{C}axId").get("val") for tag in ("valAx", "catAx") for axis in chart.iter(C + tag)]
        assert len({min(int(number), 2**31 - 1) for number in axes}) == len(axes) == 2  # LibreOffice counts so far
    for cache in (e for chart in charts for tag in ("numCache", "strCache") for e in chart.iter(C + tag)):
        numbers = [int(point.get("idx")) for point in cache.iter(f"{C}pt")]
        assert len(numbers) == len(set(numbers))
        assert max(numbers, default=-1) < int(cache.find(f"{C}ptCount").get("val"))


def test_each_part_has_a_content_type_and_no_type_is_without_a_part(parts):
    types = ElementTree.fromstring(parts["[Content_Types].xml"])
    overrides = {o.get("PartName").lstrip("/") for o in types.iter(f"{TYPES}Override")}
    defaults = {d.get("Extension") for d in types.iter(f"{TYPES}Default")}
    assert overrides <= set(parts)
    assert all(n in overrides or n.rpartition(".")[2] in defaults for n in parts if n != "[Content_Types].xml")


def test_shapes_have_ids_of_their_own(parts):
    for name, content in parts.items():
        if re.match(r"ppt/(slides|slideLayouts|slideMasters)/[^/]+\.xml", name):
            ids = [e.get("id") for e in ElementTree.fromstring(content).iter(f"{P}cNvPr")]
            assert len(ids) == len(set(ids)), name


def test_numbers_are_numbers_and_fonts_are_on_windows_and_macos(parts):
    for name, content in parts.items():
        if name.endswith(".xml"):
            tree = ElementTree.fromstring(content)
            assert not [v for e in tree.iter() for v in e.attrib.values() if v.lower() in ("nan", "inf", "-inf")]
            if name.startswith(("ppt/slides/", "ppt/slideMasters/", "ppt/slideLayouts/")):
                fonts = {f.get("typeface") for tag in ("latin", "buFont") for f in tree.iter(A + tag)}
                assert fonts <= {"+mj-lt", "+mn-lt", "Arial", "Calibri"}
    theme = ElementTree.fromstring(parts["ppt/theme/theme1.xml"])
    assert {f.get("typeface") for f in theme.iter(f"{A}latin")} == {"Calibri"}


def test_nothing_on_a_slide_is_smaller_than_18_points(parts):
    for name, content in parts.items():
        if re.match(r"ppt/(slides|charts)/[^/]+\.xml", name):
            sized = [e for tag in ("rPr", "defRPr") for e in ElementTree.fromstring(content).iter(A + tag)]
            sizes = [int(e.get("sz")) for e in sized if e.get("sz")]
            assert min(sizes, default=1800) >= 1800, name


def test_bars_and_curves_are_charts_with_their_numbers(tmp_path):
    bars = Bars(("one", "two"), np.array([-3.0, 5.5]), "scores", right=1)
    curves = Curves(np.arange(4), {"a": np.array([1.0, np.nan, 2, 4]), "b": np.full(4, 0.5)}, "epoch", "loss", log=True)
    save([Sheet("t", "s", (bars,)), Sheet("t", "s", (curves,))], tmp_path / "a.pptx")
    slides = list(Presentation(str(tmp_path / "a.pptx")).slides)
    first, second = ([s for s in slide.shapes if s.has_chart] for slide in slides)
    assert not [s for slide in slides for s in slide.shapes if s.name == "Picture"]
    assert list(first[0].chart.plots[0].categories) == ["one", "two"]
    assert list(first[0].chart.series[0].values) == [-3, 5.5]
    assert [list(series.values) for series in second[0].chart.series] == [[1, 2, 4], [0.5] * 4]
    assert all(s._element.nvGraphicFramePr.cNvPr.get("descr") for s in (*first, *second))


@pytest.mark.parametrize(
    ("values", "written"),
    [((254755.438, 254503.6), "0"), ((4.755,), "0.00"), ((8.348, -0.72), "0.00"), ((-12.0, 5.0), "0"),
     ((0.01234, -0.001), "0.0000")],
)  # fmt: skip
def test_the_numbers_of_bars_are_short_and_have_room_beyond_the_bars(tmp_path, values, written):
    """On both sides where some are negative: they would stand over the names."""
    save([Sheet("t", "s", (Bars(tuple(map(str, values)), np.array(values)),))], tmp_path / "a.pptx")
    (chart,) = [s.chart for s in Presentation(str(tmp_path / "a.pptx")).slides[0].shapes if s.has_chart]
    assert chart.series[0]._element.find(f".//{C}formatCode").text == written
    assert {e.get("wrap") for e in chart.plots[0].data_labels._element.iter(f"{A}bodyPr")} == {"none"}
    axis = chart.value_axis
    share = 0.04  # about half an inch of a chart as wide as the slide
    room = (axis.maximum_scale - axis.minimum_scale) * share
    assert axis.maximum_scale - max(*values, 0) >= room * (max(values) > 0)
    assert min(*values, 0) - axis.minimum_scale >= room * (min(values) < 0)


def test_points_that_do_not_follow_each_other_are_not_joined(tmp_path):
    save([Sheet("a", "b", (Curves(np.arange(50), {"change": np.arange(50.0)}, joined=False),))], tmp_path / "a.pptx")
    (chart,) = [s.chart for s in Presentation(str(tmp_path / "a.pptx")).slides[0].shapes if s.has_chart]
    assert chart.series[0].format.line.fill.type == MSO_FILL.BACKGROUND
    assert chart.series[0].marker.style == XL_MARKER_STYLE.CIRCLE


def test_an_axis_with_ends_of_its_own_does_not_magnify_rounding(tmp_path):
    curves = Curves(np.arange(2), {"a": np.array([1 - 1e-7, 1])}, limits=(0, 1))
    save([Sheet("curves", "", (curves,))], tmp_path / "a.pptx")
    (chart,) = [s.chart for s in Presentation(str(tmp_path / "a.pptx")).slides[0].shapes if s.has_chart]
    assert (chart.value_axis.minimum_scale, chart.value_axis.maximum_scale) == (0, 1)


@pytest.mark.parametrize(
    ("values", "ends"),
    [((64.7, 96.3), (60, 100)), ((0.02, 0.98), (0, 1)), ((-0.3, np.inf, 0.4), (-0.4, 0.4)), ((3, 3), (2.4, 3.6))],
)
def test_curves_fill_their_chart(tmp_path, values, ends):
    curves = Curves(np.arange(len(values)), {"a": np.array(values, float)})
    save([Sheet("curves", "", (curves,))], tmp_path / "a.pptx")
    (chart,) = [s.chart for s in Presentation(str(tmp_path / "a.pptx")).slides[0].shapes if s.has_chart]
    axis = chart.value_axis
    assert (axis.minimum_scale, axis.maximum_scale) == pytest.approx(ends)
    assert (axis.maximum_scale - axis.minimum_scale) / axis.major_unit < 6.1


def test_masters_and_layouts_are_as_wide_as_the_slides(deck):
    presentation = Presentation(str(deck))
    assert presentation.slide_width * 9 == presentation.slide_height * 16
    for part in (presentation.slide_master, *presentation.slide_layouts):
        assert max(s.left + s.width for s in part.placeholders) > 0.9 * presentation.slide_width
        assert all(s.left + s.width <= presentation.slide_width for s in part.placeholders)
    with zipfile.ZipFile(deck) as file:
        assert b"4x3" not in file.read("ppt/presentation.xml")


def test_titles_sentences_notes_and_alternatives(deck):
    slides = list(Presentation(str(deck)).slides)
    titles = [slide.shapes.title.text_frame.text for slide in slides]
    assert all(titles)
    assert any(title.startswith("All kinds") for title in titles)
    asked = next(slide for slide in slides if slide.shapes.title.text_frame.text == "nothing")
    assert asked.placeholders[13].text_frame.text.endswith("Why?")
    notes = asked.notes_slide.notes_text_frame.text
    assert all(words in notes for words in (LONG.strip(), "Why?", "Because.", "Preprocessing is caffe.", "A book."))
    for slide in slides:
        for shape in slide.shapes:
            if shape.shape_type is not None and shape.name == "Picture":
                assert shape._element.nvPicPr.cNvPr.get("descr")


def test_a_picture_fills_its_slide_and_is_sharp(deck):
    for slide in Presentation(str(deck)).slides:
        for shape in (s for s in slide.shapes if s.name == "Picture"):
            assert shape.top + shape.height == pytest.approx(Emu(6858000), abs=20000)
            with Pillow.open(io.BytesIO(shape.image.blob)) as picture:
                assert picture.width / (shape.width / 914400) >= 199
            assert shape.top >= max(s.top + s.height for s in slide.placeholders) - 20000


def test_a_long_sentence_keeps_to_whole_sentences_at_18_points(deck):
    slide = next(s for s in Presentation(str(deck)).slides if s.shapes.title.text_frame.text == "nothing")
    first = slide.placeholders[13].text_frame.paragraphs[0]
    assert LONG.startswith(first.text)
    assert first.text.endswith("here.")
    assert all(run.font.size is None or run.font.size.pt >= 18 for run in first.runs)


def test_what_does_not_fit_on_a_slide_goes_on_several_and_nothing_is_scaled_down(tmp_path):
    nodes = tuple(Node(f"layer_with_a_name_{i}", ("Conv2D  56×56×64", f"{i} parameters"), i, 0) for i in range(60))
    captions = tuple(f"{i}: -0.5 to 0.5" for i in range(90))
    tiles = Tiles(np.zeros((90, 8, 8, 1)), captions=captions, keys=tuple(range(90)), selects="unit")
    graph = Diagram(nodes, tuple((i, i + 1) for i in range(59)))
    save([Sheet("network", "s", (graph, Paragraph("a  1"))), Sheet("maps", "s", (tiles,))], tmp_path / "a.pptx")
    slides = list(Presentation(str(tmp_path / "a.pptx")).slides)
    titles = [slide.shapes.title.text_frame.text for slide in slides]
    assert titles[0].startswith("network · 1 of ")
    assert sum(title.startswith("maps · units ") for title in titles) >= 2
    assert all(s.width == 12192000 for slide in slides for s in slide.shapes if s.name == "Picture")


def test_the_main_picture_is_on_the_slide_of_its_question_and_the_answer_on_the_next(tmp_path):
    maps, formula = EXAMPLES[Matrix], EXAMPLES[Formula]
    panels = (replace(maps, role="main"), replace(formula, role="legend"))
    save([Sheet("t", "s", panels, question="Which?", answer="This.")], tmp_path / "a.pptx")
    save([Sheet("t", "s", panels[:1], question="Which?", answer="This.")], tmp_path / "b.pptx")
    asked, answered = Presentation(str(tmp_path / "a.pptx")).slides
    assert asked.placeholders[13].text_frame.text.endswith("Which?")
    assert answered.placeholders[13].text_frame.text == "This."
    assert answered.shapes.title.text_frame.text == "t · answer"
    assert len(Presentation(str(tmp_path / "b.pptx")).slides) == 1


def test_bars_are_a_chart_only_where_their_names_and_numbers_fit() -> None:
    bars = Bars(("L-BFGS", "noise"), np.array([1.0, 0.0]), "Fooled by")
    assert not is_native(bars, 6.0, 0.9)
    assert is_native(bars, 6.0, 1.4)
