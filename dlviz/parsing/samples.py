"""Parsing samples: files, `SOURCE:INDEX`, `text:WORDS`, `numbers:0.2,1`, `tree:(3 (2 a) (4 film))`, pixels.

For a network of several inputs `NAME=INPUT`, once for each, or an `.npz` whose arrays have the inputs' names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dlviz import inspect
from dlviz.grammar import number_of
from dlviz.inspect.data import NAMED
from dlviz.inspect.process import looked_into
from dlviz.jobs import OPEN_ENDED
from dlviz.parsing.array_text import FORM, read_array
from dlviz_models.data.pixels import as_pixels
from dlviz_models.data.samples import Numbers, Picture, Sample, Samples, Several, Text
from dlviz_models.data.treebank import parse, tree_of_sentence
from dlviz_models.errors import UserError

MOST_SHOWN, MOST_NAMED = 100, 40
"""Characters of a given input in an error, and in the name of a sample."""
NUMBERS = re.compile(r"[-+.\deE,; ]+")
Given = str | np.ndarray | Sample
Together = Mapping[str, object]
"""What is given for each input, by its name."""
Open = Callable[[str], Samples]


def parse_samples(
    given: Sequence[Given | Together], open_samples: Open, inputs: Mapping[str, str]
) -> tuple[Sample, ...]:
    """What is fed, a sample for each that is given, or one for each round of `NAME=INPUT`.

    Args:
        open_samples: opens the samples of a source.
        inputs: the kind of sample that each input of the network takes, by the input's name.

    Raises:
        UserError: one of them cannot be read, or names an input that does not exist.
    """
    found: list[Sample] = []
    parts: dict[str, Sample] = {}

    def finish() -> None:
        if parts:
            found.append(Several(dict(parts), name=", ".join(part.name for part in parts.values() if part.name)))
            parts.clear()

    for one in given:
        if isinstance(one, Mapping):
            finish()
            found += parse_samples(_one_by_one(one, inputs, open_samples), open_samples, inputs)
            continue
        name, what = _named(one, inputs)
        if name is None:
            finish()
            found.append(parse_sample(what, open_samples, inputs))
            continue
        if name in parts:
            finish()
        sample = _part(name, parse_sample(what, open_samples, {name: inputs[name]}))
        if len(inputs) == 1:
            found.append(sample)
        else:
            parts[name] = sample
    finish()
    return tuple(found)


def parse_sample(given: Given, open_samples: Open, inputs: Mapping[str, str] | None = None) -> Sample:
    """The sample that is given.

    Args:
        given: a sample, pixels or other numbers, the path of a picture, a `.wav`, `.npy` or `.npz` file, or one of the
            forms that this module names.
        open_samples: opens the samples of a source.
        inputs: as of `parse_samples`, where they are known: arrays are then understood as these.

    Raises:
        UserError: the sample does not exist or cannot be read.
    """
    if isinstance(given, Sample):
        return given
    if isinstance(given, np.ndarray):
        return array_sample(given, "your drawing", _kind(inputs or {}))
    form, colon, rest = given.partition(":")
    if colon and form in OPEN_ENDED and not os.path.exists(given):
        if form == FORM:
            return parse_sample(_array(given), open_samples, inputs)
        return {"text": _text, "numbers": _numbers, "tree": _tree}[form](rest)
    source, colon, index = given.rpartition(":")
    if colon and index.removeprefix("-").isdecimal() and not os.path.exists(given):
        samples = open_samples(source)
        if not 0 <= int(index) < len(samples):
            raise UserError(
                f"The input {given[-MOST_SHOWN:]} does not exist: {source[-MOST_SHOWN:]} has"
                f" {number_of(len(samples), 'sample')}, numbered from 0."
            )
        return samples.sample(int(index))
    if (source if colon else given) in NAMED and not os.path.exists(given):
        raise UserError(
            f"The input {given[-MOST_SHOWN:]} is a data set, not a sample: write SOURCE:INDEX, such as digits:0."
        )
    return _without_prefix(given, _kind(inputs or {})) or _of_file(given, inputs or {})


def array_sample(values: np.ndarray, name: str, kind: str | None = None) -> Sample:
    """An array of any shape as a sample: a text, a picture where the values and the shape, or `kind`, tell that it is
    one, else numbers as they stand."""
    if values.dtype.kind in "SU":
        return Text(" ".join(values.astype("U").ravel()), name=name)
    is_open = kind is None and values.ndim in (2, 3)
    pixels = as_pixels(values[None], name, certain=not is_open) if is_open or kind == Picture.kind else None
    if pixels is None:
        return Numbers(values, name=name)
    return Picture(pixels.values[0], pixels.range, name=name)


def _one_by_one(together: Together, inputs: Mapping[str, str], open_samples: Open) -> list[Given]:
    """What is given for each input as one sample.

    Raises:
        UserError: an input does not exist, or what is given for it cannot be read.
    """
    for name in together.keys() - inputs.keys():
        raise UserError(f"Unknown input {name[:60]}: the network's inputs are {', '.join(inputs)[:200]}.")
    parts = {
        name: _part(name, parse_sample(what if isinstance(what, str | Sample) else np.asarray(what), open_samples,
                                       {name: inputs[name]}))
        for name, what in together.items()
    }  # fmt: skip
    if len(inputs) == 1:
        return list(parts.values())
    return [Several(parts, name=", ".join(part.name for part in parts.values() if part.name))]


def _part(name: str, sample: Sample) -> Sample:
    """What an input called `name` takes of a sample that may have something for several."""
    return sample.parts.get(name, sample) if isinstance(sample, Several) else sample


def _kind(inputs: Mapping[str, str]) -> str | None:
    return next(iter(inputs.values())) if len(inputs) == 1 else None


def _named(given: Given, inputs: Mapping[str, str]) -> tuple[str | None, Given]:
    """The input that `NAME=INPUT` names, and what is given for it; a path may hold "=" as well."""
    if not isinstance(given, str) or "=" not in given or os.path.exists(given):
        return None, given
    name, _, what = given.partition("=")
    if name in inputs:
        return name, what
    if len(inputs) > 1 and name.replace("_", "").isalnum():
        raise UserError(f"Unknown input {name[:60]}: the network's inputs are {', '.join(inputs)[:200]}.")
    return None, given


def _text(words: str) -> Sample:
    if not words.strip():
        raise UserError("The input text: is empty: write words behind it, or give SOURCE:INDEX.")
    return Text(words, name=f"“{_brief(words)}”")


def _brief(text: str) -> str:
    """The text, or as many of its words or numbers as a title has room for."""
    if len(text) <= MOST_NAMED:
        return text
    head = text[: MOST_NAMED + 1]
    end = max(head.rfind(" "), head.rfind(","))
    return f"{head[: end if end > 0 else MOST_NAMED].rstrip(' ,')} …"


def _numbers(listed: str) -> Sample:
    """Numbers with commas or spaces between them, and semicolons between rows; whole where all of them are."""
    rows = [row.replace(",", " ").split() for row in listed.split(";")]
    try:
        values = np.array([[float(number) for number in row] for row in rows])
    except ValueError as error:
        raise UserError(
            f"The input numbers:{listed[:MOST_SHOWN]} is not numbers, or its rows differ in length:"
            " write numbers:0.2,1,0, or rows as numbers:1,2;3,4."
        ) from error
    if not values.size:
        raise UserError("The input numbers: is empty: write numbers:0.2,1,0.")
    are_whole = all(number.lstrip("+-").isdecimal() for row in rows for number in row)
    values = values.astype(np.int64 if are_whole else np.float32)
    return Numbers(values[0] if len(rows) == 1 else values, name=_brief(listed))


def _without_prefix(given: str, kind: str | None) -> Sample | None:
    """A list of numbers or a sentence, for an input that takes such; None where it looks like the name of a file."""
    if os.path.exists(given):
        return None
    if kind == Numbers.kind and NUMBERS.fullmatch(given):
        return _numbers(given)
    return _text(given) if kind == Text.kind and " " in given.strip() else None


def _array(text: str) -> np.ndarray:
    try:
        return read_array(text)
    except ValueError as error:
        raise UserError(f"The input {text[:40]} is not a whole array: copy all of it, or give a file.") from error


def _tree(line: str) -> Sample:
    try:
        tree = parse(line) if "(" in line else tree_of_sentence(line)
    except ValueError as error:
        raise UserError(
            f"The input tree:{line[:MOST_SHOWN]} is not a tree: {error}; write a sentence, or for example"
            " tree:(3 (2 a) (4 film))."
        ) from error
    return replace(tree, name=f"“{_brief(' '.join(tree.words))}”")


def _of_file(path: str, inputs: Mapping[str, str]) -> Sample:
    """The sample that a file holds."""
    name = Path(path).name
    with looked_into(path, inspect.TIMEOUT) as (report, folder):
        match report["kind"]:
            case "image":
                return Picture(np.load(folder / "image.npy"), name=name)
            case "sound":
                return inspect.sound_in(report, folder, name)
            case "npy" | "npz":
                arrays = {key: np.load(folder / f"{i}.npy") for i, key in enumerate(report["facts"]["arrays"])}
                return _of_arrays(arrays, name, inputs)
    raise UserError(
        f"{name[-MOST_SHOWN:]} is not a single sample: {report['says'][:150]} Give a picture, a .wav, .npy or .npz"
        " file, or one sample of a data set, such as FILE:0."
    )


def _of_arrays(arrays: Mapping[str, np.ndarray], name: str, inputs: Mapping[str, str]) -> Sample:
    """One array as a sample; of several the one that the only input is called, or a sample for each input."""
    if len(inputs) == 1 and len(arrays) > 1:
        (wanted,) = inputs
        if wanted not in arrays:
            raise UserError(
                f"{name} holds {', '.join(arrays)[:150]}, but the network has one input: name one of them {wanted},"
                f" or give one sample of a data set, FILE:INDEX."
            )
        return array_sample(arrays[wanted], name, inputs[wanted])
    if len(arrays) == 1:
        return array_sample(next(iter(arrays.values())), name, _kind(inputs))
    parts = {key: array_sample(values, f"{name}, {key}", inputs.get(key)) for key, values in arrays.items()}
    return Several(parts, name=name)
