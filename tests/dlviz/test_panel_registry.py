"""Every kind of panel is registered, and every medium draws it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dlviz.draw import MEDIA, save
from dlviz.draw.page import HEIGHT, page
from dlviz.sheet import Panel, Paragraph, Sheet
from dlviz.sheet.panel_registry import PANEL_KINDS, import_by_name
from dlviz.wire import pack, unpack
from tests.panels import EXAMPLES


def kinds(of: type[Panel] = Panel) -> Iterator[type[Panel]]:
    for kind in of.__subclasses__():
        if kind.__module__.startswith("dlviz."):
            yield kind
            yield from kinds(kind)


def test_all_kinds_are_registered_and_have_an_example() -> None:
    assert set(kinds()) == PANEL_KINDS.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("kind", PANEL_KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("ending", [ending for ending in MEDIA if ending not in (".npz", ".webp")])
def test_every_kind_in_every_medium(tmp_path, kind, ending) -> None:
    empty, full = tmp_path / f"empty{ending}", tmp_path / f"full{ending}"
    save([Sheet("t", "s", ())], empty, dpi=40)
    save([Sheet("t", "s", (EXAMPLES[kind],))], full, dpi=40)
    assert full.stat().st_size > empty.stat().st_size


@pytest.mark.parametrize("kind", PANEL_KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_travels_and_names_what_draws_it(kind) -> None:
    assert type(unpack(*pack(EXAMPLES[kind]))) is kind
    assert callable(import_by_name(PANEL_KINDS[kind].paper))
    assert not PANEL_KINDS[kind].web or callable(import_by_name(PANEL_KINDS[kind].web))


@pytest.mark.parametrize("role", ["main", "beside", "legend"])
def test_every_kind_in_every_role_stays_on_the_page(role) -> None:
    for panel in EXAMPLES.values():
        figure = page(Sheet("t", "s", (replace(panel, role=role), replace(EXAMPLES[Paragraph], role="main"))))
        assert figure.get_size_inches()[1] < 2 * HEIGHT
