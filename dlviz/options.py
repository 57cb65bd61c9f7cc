"""A view's fields are its options: declared once, they become flags, controls in the window, and checks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from dlviz_models.errors import UserError

Value = bool | int | float | str
T = TypeVar("T")


@dataclass(frozen=True)
class Option:
    """One option: its type, default, range or choices, and a one-line explanation."""

    name: str
    type: type
    default: Value
    says: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    zero: str = ""
    """What 0, the least, stands for, in a word or two."""

    def read(self, text: Value) -> Value:
        """The value that `text` (from a flag or a control) stands for; UserError where it is none."""
        try:
            value = _TRUTH[str(text).lower()] if self.type is bool else self.type(text)
        except (ValueError, KeyError):
            raise UserError(f"Option {self.name}={text} is not {_KIND[self.type]}: {self.says}.") from None
        if self.choices and value not in self.choices:
            raise UserError(f"Option {self.name}={text} is unknown: choose one of {', '.join(self.choices)}.")
        if self.low is not None and not self.low <= value:
            raise UserError(f"Option {self.name}={text} is too small: the least is {self.low:g}.")
        if self.high is not None and not value <= self.high:
            raise UserError(f"Option {self.name}={text} is too large: the most is {self.high:g}.")
        return value


_TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_KIND = {bool: "yes or no", int: "a whole number", float: "a number", str: "text"}


def option(
    default: Value,
    says: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    zero: str = "",
) -> Any:
    """A dataclass field that is an option."""
    metadata = {"says": says, "low": low, "high": high, "choices": choices, "zero": zero}
    return dataclasses.field(default=default, metadata=metadata)


def options_of(cls: type) -> tuple[Option, ...]:
    """The options that a dataclass declares, in order."""
    hints = get_type_hints(cls)
    return tuple(Option(f.name, hints[f.name], f.default, **f.metadata) for f in dataclasses.fields(cls))  # type: ignore[arg-type]


def configure(cls: type[T], settings: Mapping[str, Value]) -> T:
    """An instance of `cls` with `settings` (name to value or text) read and checked."""
    known = {o.name: o for o in options_of(cls)}
    for name in settings:
        if name not in known:
            raise UserError(f"There is no option {name} here: choose from {', '.join(known) or 'none at all'}.")
    return cls(**{name: known[name].read(text) for name, text in settings.items()})
