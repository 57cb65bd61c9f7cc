"""Match the classes and numbers of a data set with the outputs of a network."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz.grammar import one_of
from dlviz.network import Network
from dlviz_models.data.classes import class_title, imagenet_classes, imagenet_wnids
from dlviz_models.data.samples import ClassNumber, Sample, Samples, plural
from dlviz_models.data.sources import guess
from dlviz_models.errors import UserError

IMAGENET = 1000
MOST_LISTED = 12
"""The maximum number of classes listed in an error."""
_WORDNET = re.compile(r"n\d{8}(?=\b|_|-|$)")


@dataclass(frozen=True)
class ClassMatch:
    """The output of a network for each class of a data set.

    Attributes:
        outputs: the output for each class, int64 (classes,).
        note: a sentence on how they were matched, or "" if that is obvious.
        names: one name per output, taken from the data if the network has none.
    """

    outputs: np.ndarray
    note: str
    names: tuple[str, ...]

    def name(self, output: int) -> str:
        """The name of an output's class, or its number."""
        return self.names[output] if 0 <= output < len(self.names) else str(output)

    def in_words(self, output: int) -> str:
        """An output's class as sentences call it: by its name, else "class 3"."""
        return self.names[output] if 0 <= output < len(self.names) else f"class {output}"


def class_count(network: Network) -> int:
    """The number of classes; UserError if the network is not a classifier."""
    shape = network.layers[network.output].shape
    sizes = [n for n in shape if n != 1]
    if len(sizes) > 1 or None in sizes:
        raise UserError(f"{network.name} outputs an array of shape {shape}, not classes: choose a classifier.")
    return int(sizes[0]) if sizes and sizes[0] else 2


def match_classes(network: Network, data: Samples) -> ClassMatch:
    """Match the classes of a data set with the outputs of a network by name.

    Names may be WordNet IDs of ImageNet classes, the network's class names, or output numbers; if the network has no
    names and the data has the same number of classes, they are matched in order.

    Raises:
        UserError: a class of the data cannot be matched.
    """
    count, names = class_count(network), data.class_names
    if not names:
        return _by_number(network, data, count)
    if found := _matched(network, names, count):
        outputs, note = found
        of_outputs = tuple(network.classes) or _names(names, outputs, count)
        return ClassMatch(np.array(outputs, np.int64), note, of_outputs)
    listed = f"{', '.join(names[:3])[:80]}{', ...' if len(names) > 3 else ''}"
    if network.classes and len(names) <= count:
        unknown = next(name for name in names if _plain(name) not in map(_plain, network.classes))
        raise UserError(
            f"The class {unknown[:60]} of {data.name} is not one of the classes of {network.name}"
            f" ({', '.join(network.classes[:3])[:80]}, ...): choose data with these classes."
        )
    if len(names) > count:
        raise UserError(
            f"{data.name} has {len(names)} classes, but {network.name} distinguishes {count}:"
            " choose data with these classes."
        )
    raise UserError(
        f"{data.name} has {len(names)} classes ({listed}), and {network.name} distinguishes {count} that have no"
        f" names: name the folders after the output numbers, or put a labels.txt with one name per line next to the"
        f" network."
    )


def with_data_class_names(network: Network, data: Samples) -> Network:
    """The network with the class names of the data, if it has none and they match; else the network itself."""
    names = data.class_names or ()
    if (
        network.classes
        or network.chosen_output.kind != "classes"
        or sum(output.kind == "classes" for output in network.outputs.values()) > 1
        or all(map(str.isdigit, names))
    ):
        return network
    with suppress(UserError):  # the classes do not match, which is reported where it matters
        match = match_classes(network, data)
        if len(set(map(_plain, match.names))) == len(match.names):
            return network.with_classes(match.names, "" if len(match.names) == IMAGENET else match.note)
    return network


def outputs_of_classes(network: Network, data: Samples) -> np.ndarray:
    """The output for each class of `data`, int64 (classes,); see `match_classes`."""
    return match_classes(network, data).outputs


def targets_of(network: Network, data: Samples) -> Any:
    """The targets of all samples for the chosen output; None without targets."""
    return _of_output(network, data.targets)


def labels_in(network: Network, data: Samples) -> np.ndarray | None:
    """The class labels of all samples for the chosen output, int64 (n,); None without class labels."""
    targets = targets_of(network, data)
    is_classes = isinstance(targets, np.ndarray) and targets.ndim == 1 and targets.dtype.kind in "iu"
    return targets.astype(np.int64) if is_classes and numbers_in(network, data) is None else None


def numbers_in(network: Network, data: Samples) -> np.ndarray | None:
    """The numeric targets of all samples for the chosen output, float64 (n, numbers); None if the network does not
    predict that many numbers, or the data has classes."""
    targets, output = targets_of(network, data), network.chosen_output
    if output.kind != "numbers" or not isinstance(targets, np.ndarray) or targets.dtype.kind not in "iuf":
        return None
    is_classes = bool(data.class_names) and targets.dtype.kind in "iu"
    numbers = targets.reshape(len(targets), -1)
    fits = numbers.shape[1] == math.prod(n or 0 for n in output.shape)
    return numbers.astype(np.float64) if fits and not is_classes else None


def target_of(network: Network, sample: Sample) -> Any:
    """The target of a sample for the chosen output; None if unknown."""
    target = _of_output(network, sample.target)
    return None if isinstance(target, ClassNumber) and network.chosen_output.kind == "numbers" else target


def _of_output(network: Network, targets: Any) -> Any:
    """The targets of the chosen output, if they are given by output; else all."""
    if not isinstance(targets, Mapping):
        return targets
    return targets.get(network.chosen_output.name, targets.get(network.chosen_output.layer))


def true_answer(network: Network, sample: Sample) -> Any:
    """The target of a sample, with classes as output numbers; None if the network does not have the class."""
    target = target_of(network, sample)
    if not isinstance(target, ClassNumber) or network.chosen_output.kind != "classes":
        return target
    with suppress(UserError):  # not an ImageNet class
        found = _matched(network, target.names, class_count(network))
        return found[0][target] if found else None
    return None


def _matched(network: Network, names: Sequence[str], count: int) -> tuple[list[int], str] | None:
    """The outputs for these class names, and a note on how they were matched; None if they do not match."""
    matches = (match(network, names, count) for match in (_by_wordnet, _by_name, _by_index))
    return next((found for found in matches if found), None)


def true_outputs(network: Network, data: Samples) -> np.ndarray:
    """The correct output for each sample, int64 (n,).

    Raises:
        UserError: there are no labels, or as `match_classes`.
    """
    labels = labels_in(network, data)
    if labels is None:
        raise unlabelled(network, data)
    return outputs_of_classes(network, data)[labels]


def unlabelled(network: Network, data: Samples) -> UserError:
    """The error for data without class labels, which an evaluation needs."""
    if data.targets is not None:
        return UserError(f"The labels of {data.name} are not classes: choose data with a class number for each sample.")
    if len(data) and data.sample(0).synthetic:
        return UserError(f"The data for {network.name} is made up, so the right answers are unknown: choose real data.")
    if guess(data.name) in data.notes:
        return UserError(guess(data.name))
    in_folders = data.kind in ("picture", "sound")
    wanted = f"one folder of {plural(data.kind)} per class" if in_folders else "a class for each sample"
    return UserError(f"{data.name} has no labels: choose data with {wanted}.")


def output_called(network: Network, target: str, count: int, also: Sequence[str] = ()) -> int:
    """The index, below `count`, of the class or number that the option `target` names.

    Args:
        also: other values of the option, for the error message.

    Raises:
        UserError: there is none.
    """
    thing = "number" if network.chosen_output.kind == "numbers" else "class"
    names = number_names(network, count) if thing == "number" else network.classes
    if class_title(target) in names:
        return names.index(class_title(target))
    if target.isdecimal() and int(target) < count:
        return int(target)
    listed = list(names or map(str, range(count)))
    besides = f"{', '.join(also)}, or " if also else ""
    few = f"choose {besides}{one_of(listed)}"
    many = f"give {besides}a {thing} by its name or a number from 0 to {count - 1}"
    raise UserError(
        f"Option target={target[:60]} is not a {thing} of {network.name}: {few if count <= MOST_LISTED else many}."
    )


def _by_number(network: Network, data: Samples, count: int) -> ClassMatch:
    labels = labels_in(network, data)
    largest = count if labels is None else int(labels.max(initial=0)) + 1
    if largest > count:
        raise UserError(
            f"{data.name} has {largest} classes, but {network.name} distinguishes {count}: choose data with these"
            f" classes."
        )
    return ClassMatch(np.arange(count), "", tuple(network.classes))


def _by_wordnet(network: Network, names: Sequence[str], count: int) -> tuple[list[int], str] | None:
    """Match WordNet IDs, such as n02124075 or n02124075_cat, or names, with ImageNet's 1,000 classes."""
    found = [_WORDNET.match(name) for name in names]
    if count != IMAGENET or not any(found):
        return None
    known = {wnid: number for number, wnid in enumerate(imagenet_wnids())}
    by_name = {_plain(name): number for number, name in enumerate(imagenet_classes())}
    outputs = [
        known.get(number.group()) if number else by_name.get(_plain(name))
        for number, name in zip(found, names, strict=True)
    ]
    for name, output in zip(names, outputs, strict=True):
        if output is None:
            raise UserError(
                f"The class {name[:60]} is not one of the 1,000 ImageNet classes of {network.name}: choose data with"
                f" these classes."
            )
    return [output for output in outputs if output is not None], "Classes are matched by their WordNet numbers."


def _by_name(network: Network, names: Sequence[str], count: int) -> tuple[list[int], str] | None:
    """Match names with those of the network, or of ImageNet's classes if it has 1,000."""
    known = network.classes or (imagenet_classes() if count == IMAGENET else ())
    numbers = {_plain(name): number for number, name in enumerate(known)}
    outputs = [numbers[_plain(name)] for name in names if _plain(name) in numbers]
    if not outputs or len(outputs) < len(names):
        return None
    note = "" if len(names) == len(known) else f"The {len(names)} classes of the data are matched by their names."
    return outputs, note


def _by_index(network: Network, names: Sequence[str], count: int) -> tuple[list[int], str] | None:
    """Match names that are output numbers; or in order, if the network has no names and as many outputs."""
    in_order = list(range(count))
    if all(re.fullmatch(r"\d{1,6}", name) for name in names):
        outputs = [int(name) for name in names]
        if len(set(outputs)) == len(names) and max(outputs) < count:
            return outputs, "" if outputs == in_order else "The names of the classes are the numbers of the outputs."
        if sorted(outputs) == list(range(1, count + 1)):
            return [output - 1 for output in outputs], f"The classes 1 to {count} are the outputs 0 to {count - 1}."
        return None
    if network.classes or len(names) != count:
        return None
    return in_order, f"{network.name} has no names for its classes, so those of the data are used, in order."


def _names(names: Sequence[str], outputs: Sequence[int], count: int) -> tuple[str, ...]:
    """One name per output: that of its class, or its number; ImageNet's names for 1,000 outputs."""
    if count == IMAGENET:
        return imagenet_classes()
    known = dict(zip(outputs, map(class_title, names), strict=True))
    return tuple(known.get(output, str(output)) for output in range(count))


def _plain(name: str) -> str:
    return class_title(name).casefold().replace("_", " ").replace("-", " ").strip()


def number_names(network: Network, size: int) -> tuple[str, ...]:
    """One name a number: the network's own, or that of the output with a number behind it, in front of it the step
    where each step has an answer; of the only output, where Keras called it by itself, "the answer"."""
    if len(network.classes) == size:
        return network.classes
    output = network.chosen_output
    described = network.layers[output.layer]
    by_keras = re.fullmatch(re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", described.kind).lower() + r"(_\d+)?", output.name)
    is_plain = bool(by_keras) and len(network.outputs) == 1
    name, counted = ("the answer", "answer") if is_plain else (output.name, output.name)
    units = (output.shape[-1] if described.axes == ("time",) else None) or size
    names = (name,) if units == 1 else tuple(f"{counted} {number}" for number in range(units))
    return names if units == size else tuple(f"step {n} of {one}" for n in range(size // units) for one in names)
