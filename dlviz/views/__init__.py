"""All views, found by looking: each module of this package, and of `dlviz.lessons`, holds one subclass of `View`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from dlviz.lessons import lessons
from dlviz.view import View
from dlviz_models.errors import UserError


@cache
def views() -> dict[str, type[View]]:
    """Name to view, by name; lessons, which need no network, among them."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    own = [v for v in View.__subclasses__() if v.__module__.startswith(f"{__name__}.")]
    return {v.name: v for v in sorted([*own, *lessons().values()], key=lambda v: v.name)}


def view(name: str) -> type[View]:
    """The view called `name`; UserError where there is none."""
    try:
        return views()[name]
    except KeyError:
        own = ", ".join(name for name, known in views().items() if known.needs)
        raise UserError(f"Unknown view {name}: choose from {own}.") from None
