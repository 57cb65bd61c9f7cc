"""`dlviz list`: networks, data, views and lessons."""

import argparse
import dataclasses
import json
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dlviz.options import Option, options_of
from dlviz.view import View

HINTS = {
    "networks": "Options of one: dlviz train NETWORK --help",
    "views": "Options of one: dlviz show VIEW --help",
    "lessons": "Options of one: dlviz lesson LESSON --help",
}
"""How the options of what is listed are found."""
HELP = "list the networks, data, views, lessons, and the shipped trained networks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", nargs="?", choices=tuple(KINDS), help="only these")
    parser.add_argument("--json", action="store_true", help="print one JSON value")


def run(arguments: argparse.Namespace) -> int:
    """Print what there is: of one kind an array, of all kinds an object of arrays."""
    found = {kind: entries() for kind, entries in KINDS.items() if arguments.kind in (None, kind)}
    if arguments.json:
        print(json.dumps(found[arguments.kind] if arguments.kind else found))
        return 0
    console = Console(highlight=False)
    for kind, entries in found.items():
        table = Table(title=kind, title_justify="left", title_style="bold", show_header=False, box=None, pad_edge=False)
        for entry in entries:
            table.add_row(Text(entry["name"], style="cyan"), Text(entry["says"]))
        console.print(table if entries else Text(f"{kind}: none yet", style="bold"))
        if kind in HINTS:
            console.print(HINTS[kind])
        console.print()
    return 0


def _networks() -> list[dict[str, Any]]:
    from dlviz_models.networks import NETWORKS

    return [
        {
            "name": spec.name,
            "says": spec.summary,
            "kind": spec.kind,
            "paper": spec.paper,
            "parameters": spec.parameters,
            "input_shape": spec.input_shape,
            "options": [_option(option) for option in spec.options],
        }
        for spec in NETWORKS.values()
    ]


def _option(option: Option) -> dict[str, Any]:
    return dataclasses.asdict(option) | {"type": option.kind if option.type is tuple else option.type.__name__}


def _data() -> list[dict[str, Any]]:
    from dlviz_models.data import names
    from dlviz_models.data.catalogue import GENERATED_SUMMARIES

    return [{"name": name, "says": summary} for name, summary in (names() | GENERATED_SUMMARIES).items()]


def _views() -> list[dict[str, Any]]:
    from dlviz.lessons import lessons
    from dlviz.views import views

    return [
        _view(view) | {"needs": sorted(view.needs), "samples": sorted(view.samples), "answers": sorted(view.answers)}
        for name, view in views().items()
        if name not in lessons()
    ]


def _lessons() -> list[dict[str, Any]]:
    from dlviz.lessons import lessons

    return [_view(lesson) | {"chapter": lesson.group} for lesson in lessons().values()]


def _view(view: type[View]) -> dict[str, Any]:
    return {"name": view.name, "says": view.summary, "options": [_option(option) for option in options_of(view)]}


def _zoo() -> list[dict[str, Any]]:
    from dlviz_models.zoo import zoo

    return [
        {
            "name": entry.name,
            "says": _summary(entry.card.data, entry.card.accuracy),
            "card": dataclasses.asdict(entry.card),
        }
        for entry in zoo().values()
    ]


def _summary(data: str, accuracy: float | None) -> str:
    measured = "" if accuracy is None else f", {accuracy:.1%} correct on unseen data"
    return f"Trained on {data.rstrip('.')}{measured}."


KINDS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "networks": _networks,
    "data": _data,
    "views": _views,
    "lessons": _lessons,
    "zoo": _zoo,
}
