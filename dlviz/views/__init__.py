"""All views, found by looking: each module of this package holds one subclass of `View`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from dlviz.view import View
from dlviz_models.errors import UserError


@cache
def views() -> dict[str, type[View]]:
    """Name to view, by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return {v.name: v for v in sorted(View.__subclasses__(), key=lambda v: v.name)}


def view(name: str) -> type[View]:
    """The view called `name`; UserError where there is none."""
    try:
        return views()[name]
    except KeyError:
        raise UserError(f"There is no view called {name}: choose from {', '.join(views())}.") from None
