"""Options: declared once, they become flags, controls, checks and help, for views, lessons, networks and trainings.

A value is a number, a choice, a text, or something that a hand can touch: a position, a matrix, a signal, a step.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

import numpy as np

from dlviz_models.errors import UserError

Position = tuple[float, ...]
"""Two numbers: row and column of a picture or table, x and y of a plane."""
Signal = tuple[float, ...]
"""Numbers in a row."""
Matrix = tuple[Signal, ...]
"""Rows of numbers, equally long."""
Value = bool | int | float | str | Signal | Matrix | None
Kind = Literal["bool", "int", "float", "str", "integers", "position", "signal", "matrix", "step"]
T = TypeVar("T")

LAST = 1_000_000
"""The default of a step that is to stand at the end."""
MOST_CELLS = 4096
"""Numbers that a signal or matrix may have."""
TYPES: dict[Kind, type] = {
    "bool": bool, "int": int, "float": float, "str": str, "integers": tuple, "position": tuple, "signal": tuple,
    "matrix": tuple, "step": int,
}  # fmt: skip
DESCRIPTIONS: dict[Kind, str] = {
    "bool": "yes or no",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "integers": "whole numbers with commas between",
    "position": "two numbers with a comma between, such as 3,4",
    "signal": "numbers separated by spaces, such as 1 0.5 -2",
    "matrix": "equally long rows of numbers with semicolons between, such as 1 0; 0 1",
    "step": "a whole number",
}
_ABSENT: dict[Any, tuple[str, ...]] = {None: ("none",), (): ("()", "")}
"""Defaults that stand for nothing given, and how they are typed."""
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_type_hints = cache(get_type_hints)
"""The types of a class's fields, read once: evaluating them takes milliseconds."""


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        name: as in `--set NAME=VALUE`.
        kind: what its values are; what `DESCRIPTIONS` says of it.
        default: its value where none is given; None, or (), where it may be absent.
        help: one line that explains it.
        low, high: the range of a number, or of each number in it.
        choices: if any, its only values; they may be typed in letters of any size, or as they are called.
        zero: what 0, the least, or an empty text stands for, in a word or two.
        example: what may be typed, where it is a text or several numbers.
        resets: options that go back to their defaults where this one is set by hand: what a preset replaces.
        only: the name and the values of another option with which this one counts; empty: it always does.
        label: what a control of it is called, with its unit; empty: its name.
        labels: what its choices are called there, one each; empty: what they are.
        suggests: what a text is likely to be one of, such as "classes", those of the network, or "folder".
        answers: the kinds of answers of a network with which it counts; empty: with all.
        samples: the kinds of samples of a network with which it counts; empty: with all.
        layers: the kinds of layers with which it counts; empty: with all.
        formerly: a name that it had, by which scripts may still call it; empty: none.
    """

    name: str
    kind: Kind
    default: Any
    help: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()
    zero: str = ""
    example: str = ""
    resets: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    label: str = ""
    labels: tuple[str, ...] = ()
    suggests: str = ""
    answers: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    formerly: str = ""

    @property
    def hint(self) -> str:
        """What its control says while nothing is typed."""
        return self.zero or (f"such as {self.example}" if self.example else "")

    @property
    def words(self) -> str:
        """What a control of it is called."""
        return self.label or self.name.replace("_", " ")

    def counts(self, values: Mapping[str, Any]) -> bool:
        """Whether it makes a difference, given what all options stand at."""
        return not self.only or values.get(self.only[0]) in self.only[1:]

    @property
    def type(self) -> type:
        """The Python type of its values."""
        return TYPES[self.kind]

    def read(self, value: Any) -> Any:
        """Return the value that `value`, perhaps typed as text ("0.5", "3,4", "1 0; 0 1"), stands for.

        Raises:
            UserError: it is of another kind, out of range, or not one of the choices.
        """
        if self.default in _ABSENT and str(value).lower() in _ABSENT[self.default]:
            return self.default
        try:
            found = _READ[self.kind](value)
        except (ValueError, TypeError, KeyError, OverflowError):
            hint = f": {self.help.rstrip('.')}" if self.help else ""
            raise UserError(f"Option {self._given(value)} is not {DESCRIPTIONS[self.kind]}{hint}.") from None
        if self.choices and found not in self.choices:
            if (named := self._named().get(str(found).lower())) is not None:
                return named
            offered = ", ".join(str(choice) for choice in self.choices if choice != "")
            raise UserError(f"Option {self._given(value)} is unknown: choose one of {offered}.")
        self._check_range(value, found)
        return found

    def _named(self) -> dict[str, Any]:
        """The choices by what they are, and by what they are called, in small letters."""
        return {str(name).lower(): choice for names in (self.labels, self.choices)
                for name, choice in zip(names, self.choices, strict=False)}  # fmt: skip

    def write(self, value: Any, number: Callable[[float], str] = "{:g}".format) -> str:
        """Return `value` as it is typed: what `read` takes. `number` writes each number of several."""
        if self.kind == "matrix":
            return "; ".join(" ".join(map(number, row)) for row in value)
        if self.type is tuple:
            return (" " if self.kind == "signal" else ",").join(map(number, value))
        return str(value)

    def _check_range(self, given: Any, found: Any) -> None:
        if isinstance(found, str | bool):
            return
        numbers = np.ravel(np.asarray(found, float))
        if self.low is not None and not (numbers >= self.low).all():
            raise UserError(f"Option {self._given(given)} is too small: the least is {self.low:g}.")
        if self.high is not None and not (numbers <= self.high).all():
            raise UserError(f"Option {self._given(given)} is too large: the most is {self.high:g}.")

    def _given(self, value: Any) -> str:
        return f"{self.name}={str(value)[:80]}"


def _bool(value: Any) -> bool:
    return _BOOLEANS[str(value).lower()]


def _int(value: Any) -> int:
    number = int(value)
    if number != (float(value) if isinstance(value, str) else value):
        raise ValueError
    return number


def _numbers(value: Any) -> Signal:
    """Numbers from text with blanks, commas or brackets, or from a sequence."""
    parts = re.split(r"[\s,]+", re.sub(r"[()\[\]]", " ", value).strip(" ,")) if isinstance(value, str) else value
    found = tuple(float(part) for part in parts if part != "")
    if len(found) > MOST_CELLS or not np.isfinite(found).all():
        raise ValueError
    return found


def _integers(value: Any) -> tuple[int, ...]:
    parts = re.split(r"\s*,\s*", value.strip("()[] ,")) if isinstance(value, str) else value
    return tuple(_int(part) for part in parts if part != "")


def _position(value: Any) -> Position:
    found = _numbers(value)
    if len(found) != 2:
        raise ValueError
    return found


def _matrix(value: Any) -> Matrix:
    if isinstance(value, str):
        value = [row for row in re.sub(r"[)\]]\s*,\s*(?=[(\[])", ";", value).split(";") if row.strip("()[], ")]
    rows = tuple(_numbers(row) for row in value)
    if len({len(row) for row in rows}) > 1 or () in rows or sum(map(len, rows)) > MOST_CELLS:
        raise ValueError
    return rows


_READ: dict[Kind, Any] = {
    "bool": _bool, "int": _int, "float": float, "str": str, "integers": _integers, "position": _position,
    "signal": _numbers, "matrix": _matrix, "step": _int,
}  # fmt: skip


def option(
    default: Any,
    help: str,
    *,
    kind: Kind | None = None,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Any, ...] = (),
    zero: str = "",
    example: str = "",
    resets: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    label: str = "",
    labels: tuple[str, ...] = (),
    suggests: str = "",
    answers: tuple[str, ...] = (),
    samples: tuple[str, ...] = (),
    layers: tuple[str, ...] = (),
    formerly: str = "",
) -> Any:
    """A dataclass field that is an option; its kind follows from its annotation unless it is given."""
    metadata = {
        "kind": kind, "help": help, "low": low, "high": high, "choices": choices, "zero": zero, "example": example,
        "resets": resets, "only": only, "label": label, "labels": labels, "suggests": suggests, "answers": answers,
        "samples": samples, "layers": layers, "formerly": formerly,
    }  # fmt: skip
    return dataclasses.field(default=default, metadata=metadata)


def position(default: Position, help: str, **how: Any) -> Any:
    """An option that the pointer over a panel sets."""
    return option(default, help, kind="position", **how)


def signal(default: Signal, help: str, **how: Any) -> Any:
    """An option of numbers in a row, which are typed in or dragged."""
    return option(default, help, kind="signal", **how)


def matrix(default: Matrix, help: str, **how: Any) -> Any:
    """An option of rows of numbers, which are typed into cells."""
    return option(default, help, kind="matrix", **how)


def step(default: int, help: str, *, high: int = LAST, resets: tuple[str, ...] = ()) -> Any:
    """An option that is played: forward, back, pause; a film in an export. `Sheet.steps` says how many there are."""
    return option(default, help, kind="step", low=0, high=high, resets=resets)


def options_of(cls: type) -> tuple[Option, ...]:
    """The options that a dataclass declares, in order."""
    hints = _type_hints(cls)
    return tuple(_declared(field, hints[field.name]) for field in dataclasses.fields(cls))


def with_options_of(family: Mapping[str, type], chooser: str) -> Callable[[type[T]], type[T]]:
    """Return a decorator that gives a class the options of each of a family; below `dataclass`.

    Args:
        family: dataclasses by name.
        chooser: the option that names one of them; the others' options then make no difference.
    """

    declares = {name: {o.name: o for o in options_of(member)} for name, member in family.items()}

    def decorate(cls: type[T]) -> type[T]:
        for declared in {o.name: o for options in declares.values() for o in options.values()}.values():
            has = [member for member, options in declares.items() if declared.name in options]
            about = {f.name: getattr(declared, f.name) for f in dataclasses.fields(declared)}
            name, default = about.pop("name"), about.pop("default")
            cls.__annotations__[name] = declared.type
            setattr(cls, name, option(default, **about | {"only": (chooser, *has)}))
        return cls

    return decorate


def chosen_of(family: Mapping[str, type[T]], chooser: str, settings: Any) -> T:
    """Return the member of a family that `settings`, an instance of what `with_options_of` decorated, chooses."""
    member = family[getattr(settings, chooser)]
    return member(**{o.name: getattr(settings, o.name) for o in options_of(member)})


def _declared(field: dataclasses.Field[Any], hint: Any) -> Option:
    """The option of a field; a `Literal` names its choices."""
    about = dict(field.metadata)
    if get_origin(hint) is Literal:
        about["choices"] = get_args(hint)
        hint = type(get_args(hint)[0])
    if about.get("kind") is None:
        about["kind"] = hint.__name__
    return Option(name=field.name, default=field.default, **about)


def kind_of(default: Any) -> Kind:
    """The kind of option that a plain default value stands for."""
    if default is None:
        return "str"
    return "integers" if isinstance(default, tuple) else cast(Kind, type(default).__name__)


def by_present_names(cls: type, settings: Mapping[str, T]) -> dict[str, T]:
    """The same settings, those of options that had other names under their present ones."""
    present = {o.formerly: o.name for o in options_of(cls) if o.formerly}
    return {present.get(name, name): value for name, value in settings.items()}


def configure(cls: type[T], settings: Mapping[str, Any]) -> T:
    """An instance of `cls` with `settings` (name to value or text) read and checked.

    Raises:
        UserError: the option is unknown, or the value is not allowed.
    """
    known = {o.name: o for o in options_of(cls)}
    settings = by_present_names(cls, settings)
    for name in settings:
        if name not in known:
            raise UserError(f"Unknown option {name[:80]}: choose from {', '.join(known) or 'none at all'}.")
    return cls(**{name: known[name].read(text) for name, text in settings.items()})
