"""A request as text that makes the same picture again: a shell command, or Python code."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from dlviz.jobs import Request
from dlviz.options import Option, options_of
from dlviz.parsing.array_text import write_array
from dlviz.view import View
from dlviz.views import view

_FLAGS = {
    "layer": "--layer", "data": "--data", "limit": "--limit", "output": "--output", "preprocess": "--preprocess",
    "fit": "--fit", "other": "--other", "epoch": "--epoch",
}  # fmt: skip
"""Fields of a request whose flag takes their value."""
_ARGUMENTS = (
    "layer", "units", "data", "limit", "balanced", "output", "preprocess", "fit", "like_data", "other", "epoch",
    "changes", "trust",
)  # fmt: skip
"""Fields of a request that `dlviz.show` takes under the same names."""
_DEFAULTS = {field.name: field.default for field in fields(Request)}


def command(request: Request, out: str = "") -> str:
    """Return the shell command for a request; `out` is the file that it writes.

    >>> command(Request("activations", "lenet5", layer="conv2", inputs=("digits:7",)), "maps.png")
    'dlviz show activations lenet5 --layer conv2 --input digits:7 --out maps.png'
    """
    return shlex.join(["dlviz", *words(request), *(["--out", out] if out else [])])


def words(request: Request) -> tuple[str, ...]:
    """Return the arguments of `dlviz` for a request."""
    chosen = view(request.view)
    settings = [word for text in _settings(chosen, request.settings) for word in ("--set", text)]
    if not chosen.needs:
        return "lesson", request.view, *settings
    found = ["show", request.view, request.model]
    for name, flag in _FLAGS.items():
        if getattr(request, name) != _DEFAULTS[name]:
            found += [flag, str(getattr(request, name))]
    if request.units:
        found += ["--unit", ",".join(map(str, request.units))]
    for given in _inputs(request):
        found += ["--input", given]
    found += ["--balanced"] * request.balanced + ["--like-data"] * request.like_data
    for flag, names in (("--change", request.changes), ("--trust", request.trust)):
        found += [word for name in names for word in (flag, name)]
    return *found, *settings


def python(request: Request, out: str = "") -> str:
    """Return the Python code for a request; `out` is the file that it writes.

    >>> print(python(Request("convolution2d", "", settings={"preset": "Sobel x"}), "sobel.png"))
    import dlviz
    <BLANKLINE>
    sheet = dlviz.lesson("convolution2d", preset="Sobel x", out="sobel.png")
    """
    chosen = view(request.view)
    known = {option.name: option for option in options_of(chosen)}
    given: dict[str, Any] = {}
    if chosen.needs:
        given = {name: getattr(request, name) for name in _ARGUMENTS if getattr(request, name) != _DEFAULTS[name]}
        if inputs := tuple(_inputs(request)):
            given["input"] = inputs[0] if len(inputs) == 1 else inputs
    given |= {name: known[name].read(value) for name, value in request.settings.items()} | ({"out": out} if out else {})
    first = [request.view, *([request.model] if chosen.needs else [])]
    parts = [*map(_literal, first), *(f"{name}={_literal(value)}" for name, value in given.items())]
    called = "dlviz.show" if chosen.needs else "dlviz.lesson"
    line = f"sheet = {called}({', '.join(parts)})"
    if len(line) > 100:
        line = f"sheet = {called}(\n" + "".join(f"    {part},\n" for part in parts) + ")"
    return f"import dlviz\n\n{line}"


def settings_in_words(chosen: type[View], settings: Mapping[str, Any]) -> str:
    """Return what every option that counts stands at, such as "k 9, reconstruct deconv"."""
    known = options_of(chosen)
    values = {o.name: o.read(settings[o.name]) if o.name in settings else o.default for o in known}
    counting = [o for o in known if o.counts(values) and values[o.name] not in (None, "", ())]
    return ", ".join(f"{o.name.replace('_', ' ')} {_short(o.write(values[o.name]))}" for o in counting)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _settings(chosen: type[View], settings: Mapping[str, Any]) -> Iterator[str]:
    """`OPTION=VALUE` for each option that is set."""
    known: dict[str, Option] = {option.name: option for option in options_of(chosen)}
    for name, value in settings.items():
        yield f"{name}={value if isinstance(value, str) else known[name].write(value, exact)}"


def _inputs(request: Request) -> Iterator[str]:
    """Each of the inputs as `--input` takes it."""
    for given in request.inputs:
        for name, one in given.items() if isinstance(given, Mapping) else (("", given),):
            text = one if isinstance(one, str) else write_array(np.asarray(one))
            yield f"{name}={text}" if name else text


def exact(number: float) -> str:
    """Return the shortest text that parses to exactly this number."""
    short = f"{number:g}"
    return short if float(short) == number else repr(float(number))


def _literal(value: Any) -> str:
    """Return a value as a Python literal, with double quotes and without trailing .0."""
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text.startswith("'") and '"' not in text else text
    return exact(float(value)) if isinstance(value, float | np.floating) else repr(value)
