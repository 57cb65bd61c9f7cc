"""What a deck holds: the sheets of a lecture, and a lecture on any network where nobody has written one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlviz.applies import obstacle, obstacle_of_layer
from dlviz.films import last
from dlviz.jobs import Description, Item, LayerInfo, Lecture, Request
from dlviz.lessons import lesson
from dlviz.options import Value, options_of
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz.spacing import thinned
from dlviz.view import View
from dlviz.views import view, views
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.session import Session

FIRST = ("architecture", "filters", "activations", "patches", "states", "attention")
LAST = ("predictions", "mistakes", "failures")
"""The order of views in a deck; others stand between."""
WITHOUT = ("checkup", "unit", "epochs", "tcav")
"""Views that decks leave out: what they show is not for a class, or needs what only a user can give."""
MOST_LAYERS = 3
"""The maximum number of layers for which a view of one layer is shown."""
LEAST_SIDE = 4
"""The smallest side of a map, in pixels, on which one can see where its unit responds."""
MOST_UNITS = 24
"""The first units of a layer that are shown where they can be chosen."""
UNITS = {"patches": 12, "maximise": 6}
"""The same by view, where each unit has several pictures."""
ONE_LAYER = ("filters", "ablation")
"""Views shown of the first of these alone: of others they would say much again."""
SETTINGS: dict[str, dict[str, Value]] = {
    "patches": {"reconstruct": "deconv"},
    "failures": {"count": 4},
    "concepts": {"designs": 8},
    "robustness": {"count": 20},
}
LIMIT = 1000
"""Samples that are looked through."""


def lecture_on(network: Description, model: str, data: str = "", preprocess: str = "auto") -> Lecture:
    """Return the views that have something to show of a network, of its main layers where they are of one layer."""
    rank = {name: n for n, name in enumerate(FIRST)} | {name: 100 + n for n, name in enumerate(LAST)}
    found = sorted(views().values(), key=lambda v: (rank.get(v.name, 50), v.order, v.name))
    shown = (v for v in found if v.needs and "other" not in v.needs and v.name not in WITHOUT)
    chosen = [v for v in shown if not obstacle(v, network)]
    source = data or network.data
    return Lecture(
        f"{network.name} on {Path(source).name if Path(source).exists() else source}",
        tuple(Item(request) for v in chosen for request in _requests(v, network, model, source, preprocess)),
    )


def _requests(chosen: type[View], network: Description, model: str, source: str, preprocess: str) -> Iterator[Request]:
    """The requests of one view: one, or one for each main layer."""
    is_fed = "sample" in chosen.needs
    common = Request(
        chosen.name,
        model,
        inputs=(f"{source}:0",) if is_fed else (),
        data=source if "data" in chosen.needs else "",
        limit=LIMIT if "data" in chosen.needs else 0,
        balanced="data" in chosen.needs,
        preprocess=preprocess,
        settings=_settings(chosen),
    )
    if "layer" not in chosen.needs:
        yield common
        return
    layers, most_units = main_layers(chosen, network), UNITS.get(chosen.name, MOST_UNITS)
    for layer in layers[:1] if chosen.name in ONE_LAYER else layers:
        without = common.settings if layer.is_map else {n: v for n, v in common.settings.items() if n != "reconstruct"}
        units = tuple(range(most_units)) if chosen.chosen_units and layer.units > most_units else ()
        yield replace(common, layer=layer.name, units=units, settings=without)


def _settings(chosen: type[View]) -> dict[str, Value]:
    known = {option.name for option in options_of(chosen)}
    return {name: value for name, value in SETTINGS.get(chosen.name, {}).items() if name in known}


def main_layers(chosen: type[View], network: Description) -> list[LayerInfo]:
    """Return at most `MOST_LAYERS` layers that a view can show, from first to last: of maps where there are any."""
    shown = [layer for layer in network.layers if not obstacle_of_layer(chosen, network, layer)]
    weighted = [la for la in shown if la.has_kernel or la.recurrent or la.attends] or shown
    mapped = [layer for layer in weighted if layer.is_map]
    wide = [la for la in mapped if min(la.shape[0] or LEAST_SIDE, la.shape[1] or LEAST_SIDE) >= LEAST_SIDE]
    mapped = (wide if "sample" in chosen.needs else mapped) or mapped or weighted
    return list(thinned(mapped, MOST_LAYERS))


def sheets_of(
    lecture: Lecture, open_session: Callable[[], Session], *, patient: bool = False
) -> Iterator[Progress | Sheet]:
    """Yield progress, and the sheet of each item under its title, with its notes.

    Args:
        open_session: called once if an item is of a network.
        patient: leave out what is refused, which progress then tells.

    Raises:
        UserError: an item is refused, or all are.
    """
    session: Session | None = None
    total, shown, refused = len(lecture.items), 0, None
    for number, item in enumerate(lecture.items):
        what = item.title or " of ".join(filter(None, (item.request.view, item.request.layer)))
        yield Progress(number, total, what)
        try:
            if not view(item.request.view).needs:
                sheet = last(lesson(item.request.view), item.request.settings)
            else:
                session = session or open_session()
                sheet = yield from _last(session.show(item.request), number, total, what)
        except UserError as error:
            refused = UserError(f"Item {number + 1} ({what[:60]}) cannot be shown: {error}")
            if not patient:
                raise refused from error
            yield Progress(number, total, f"left out: {error}")
            continue
        shown += 1
        yield replace(sheet, title=item.title or sheet.title, spoken=item.notes)
    if not shown:
        raise refused or UserError("The lecture has no pictures: add one.")
    yield Progress(total, total, "writing")


def _last(found: Iterable[Progress | Sheet], number: int, total: int, what: str) -> Generator[Progress, None, Sheet]:
    """Return the sheet that stays; the progress towards it is passed on as that of an item."""
    sheet: Sheet | None = None
    for each in found:
        if isinstance(each, Sheet):
            sheet = each
        else:
            yield Progress(number, total, f"{what}: {each.message}" if each.message else what)
    assert sheet is not None, f"{what} showed nothing"
    return sheet
