"""What labels in files mean: class numbers, names, one-hot rows, several labels at once, numbers, classes of pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz_models.data.pictures import checked_labels
from dlviz_models.errors import UserError

MAX_CLASS = 10_000
MAX_CLASSES = 1_000
MAX_NAME = 200


@dataclass(frozen=True)
class Targets:
    """The targets of each part of a data set, in the forms of `dlviz_models.data.samples.Samples`."""

    parts: tuple[Any, ...]
    class_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def labels(self, part: int) -> np.ndarray | None:
        """Return the targets of one part where they are class numbers, int64 (n,)."""
        values = self.parts[part]
        is_classes = isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype == np.int64
        return values if is_classes and values.min(initial=0) >= 0 else None


def targets_in(
    parts: Sequence[np.ndarray | Mapping[str, np.ndarray] | None],
    counts: Sequence[int],
    class_names: tuple[str, ...] | None,
    names: Sequence[str],
) -> Targets:
    """Return what is true of the samples of each part, from the arrays that a file holds.

    Args:
        parts: of each part the array (n, ...), such arrays by the name of an output, or None; of one kind in all parts.
        counts: how many samples each part has.
        names: how messages call the array of each part, or, of several outputs, what holds their arrays.

    Raises:
        UserError: another number of targets than of samples, or a class without a name.
    """
    if all(part is None for part in parts):
        return Targets(tuple(parts), class_names)
    if any(isinstance(part, Mapping) for part in parts):
        return _several(parts, counts, names)
    found = [_checked(part, count, name) for part, count, name in zip(parts, counts, names, strict=True)]
    if len({values.shape[1:] for values in found}) > 1:
        each = [_told(values, class_names, name) for values, name in zip(found, names, strict=True)]
        notes = tuple(dict.fromkeys(note for _, _, notes in each for note in notes))
        return Targets(tuple(told for told, _, _ in each), each[0][1], notes)
    told, class_names, notes = _told(np.concatenate(found), class_names, names[0])
    return Targets(tuple(np.split(told, np.cumsum(counts)[:-1])), class_names, notes)


def _checked(values: Any, count: int, name: str) -> np.ndarray:
    """Return targets (count, ...) without an axis of length 1 at the end."""
    if values is None:
        raise UserError(f"{name} has targets for one of its parts only; give them for both or for none.")
    values = np.asarray(values)
    if not values.ndim or len(values) != count:
        raise UserError(f"{name}: {count} samples need {count} targets, but the shape is {values.shape}.")
    if values.dtype.kind == "f" and (missing := int((~np.isfinite(values.reshape(count, -1))).any(axis=1).sum())):
        raise UserError(
            f"{name} holds NaN or infinity for {missing:,} of {count:,} samples: give numbers in their place, or leave"
            " these samples out."
        )
    return values[..., 0] if values.ndim in (2, 4) and values.shape[-1] == 1 else values


def _several(parts: Sequence[Any], counts: Sequence[int], names: Sequence[str]) -> Targets:
    """Return the targets of several outputs; class names of one of them are not kept."""
    outputs = list(parts[0] or {})
    each = {
        output: targets_in([part[output] for part in parts], counts, None, [f"{output} in {name}" for name in names])
        for output in outputs
    }
    notes = tuple(note for targets in each.values() for note in targets.notes)
    divided = [{output: targets.parts[part] for output, targets in each.items()} for part in range(len(parts))]
    return Targets(tuple(divided), None, (f"The targets are those of several outputs: {', '.join(outputs)}.", *notes))


def _told(
    values: np.ndarray, class_names: tuple[str, ...] | None, name: str
) -> tuple[np.ndarray, tuple[str, ...] | None, tuple[str, ...]]:
    """Return targets (n, ...) in their plain form, the names of the classes, and notes on what was inferred."""
    if values.dtype.kind in "SU":
        return _named(values, class_names, name)
    if values.dtype.kind not in "biuf":
        raise UserError(f"{name}: the targets are of type {values.dtype}; give numbers or texts.")
    if _is_one_hot(values):
        whole = values.argmax(axis=-1).astype(np.int64)
        what = (
            "a class" if whole.ndim == 1 else "a class for each pixel" if whole.ndim == 3 else "a class for each step"
        )
        return whole, class_names, (f"{name} is one-hot: each row of {values.shape[-1]} is read as {what}.",)
    if values.dtype.kind == "b":
        values = values.astype(np.int64)
    if values.ndim == 1:
        return _one_each(values, class_names, name)
    return (values.astype(np.int32) if values.dtype.kind in "iu" else values), class_names, ()


def _one_each(
    values: np.ndarray, class_names: tuple[str, ...] | None, name: str
) -> tuple[np.ndarray, tuple[str, ...] | None, tuple[str, ...]]:
    """Return class numbers, or numbers where these cannot be classes, (n,)."""
    different = np.unique(values)
    if different.tolist() == [-1, 1]:
        told = f"{name} holds -1 and 1, which are read as the classes 0 and 1."
        return (values > 0).astype(np.int64), class_names or ("-1", "1"), (told,)
    is_whole = bool(np.isfinite(different).all() and (different == np.rint(different)).all())
    is_classes = is_whole and len(different) and different[0] >= 0 and different[-1] <= MAX_CLASS
    if is_classes or (is_whole and class_names is not None):
        return checked_labels(values, len(values), class_names, name), class_names, ()
    what = "whole numbers" if is_whole else "fractions"
    told = f"{name} holds {what}, which are read as numbers to predict, not as classes."
    return values.astype(np.float64), None, (told,)


def _named(
    values: np.ndarray, class_names: tuple[str, ...] | None, name: str
) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return class numbers for names, which are sorted; numbers written as text are these numbers."""
    texts = np.array([str(text)[:MAX_NAME] for text in values.astype("U").ravel()])
    if all(text.isdecimal() for text in np.unique(texts)):
        numbers = texts.astype(np.int64)
        if numbers.max(initial=0) <= MAX_CLASS:
            checked = checked_labels(numbers, len(numbers), class_names, name)
            return checked.reshape(values.shape), class_names or None, (f"{name} holds numbers as text.",)  # type: ignore[return-value]
    found = tuple(str(text) for text in np.unique(texts))
    known = class_names if class_names and set(found) <= set(class_names) else found
    number = {text: number for number, text in enumerate(known)}
    labels = np.array([number[str(text)] for text in texts], np.int64)
    return labels.reshape(values.shape), known, (f"{name} holds the names of {len(known):,} classes.",)


def _is_one_hot(values: np.ndarray) -> bool:
    if values.ndim not in (2, 3, 4) or values.shape[-1] < 2 or not values.size:
        return False
    return bool(((values == 0) | (values == 1)).all() and (values.sum(axis=-1) == 1).all())


def classes_in(targets: Sequence[str]) -> tuple[str, ...] | None:
    """Return the sorted names of classes where texts are such, each standing for many; None where they are texts."""
    names = sorted(set(targets))
    is_classes = 1 < len(names) <= min(MAX_CLASSES, len(targets) // 2) and max(map(len, names)) <= MAX_NAME
    return tuple(names) if is_classes else None
