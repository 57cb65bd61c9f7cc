"""What the arrays of a file are for, by their names: samples, targets, names of classes; to train and to test."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dlviz_models.errors import UserError

PARTS = {
    "train": "train", "training": "train", "test": "test", "testing": "test", "tst": "test",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
}  # fmt: skip
SAMPLES = (
    "x", "images", "image", "imgs", "img", "pictures", "data", "inputs", "input", "features", "samples", "examples",
    "texts", "text", "sentences", "sequences", "signals", "videos", "volumes", "array", "arr_0", "",
)  # fmt: skip
TARGETS = (
    "y", "labels", "label", "targets", "target", "classes", "class", "masks", "mask", "outputs", "output", "answers",
    "arr_1",
)  # fmt: skip
CLASS_NAMES = ("class_names", "classnames", "target_names", "label_names", "labels_names", "categories")
COLUMN_NAMES = ("feature_names", "column_names", "columns")
NAMED = {*CLASS_NAMES, *COLUMN_NAMES}


@dataclass
class Roles:
    """The arrays of one part by what they are for; each value is a key of the file.

    Attributes:
        inputs: of a single input under "", of several by the input's name.
        targets: of a single output under "", of several by the output's name.
    """

    inputs: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)


def divided(keys: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the keys by part ("train", "test", "validation", or "" where none is named) and role in lower case."""
    parts: dict[str, dict[str, str]] = {}
    for key in keys:
        words = _role(key).split("_")
        named = [PARTS[word] for word in words if word in PARTS]
        part = named[0] if len(named) == 1 else ""
        role = "_".join(word for word in words if word not in PARTS) if part else "_".join(words)
        parts.setdefault(part, {})[role] = key
    return parts


def roles_of(roles: Mapping[str, str], counts: Mapping[str, int], input_names: Sequence[str], name: str) -> Roles:
    """Return which arrays of one part are the samples, and which the targets.

    Args:
        roles: the keys of the arrays by role, as `divided` has them.
        counts: the length of each array by key; -1 where it has no axis.
        input_names: of the network that is to be fed, where that is known.

    Raises:
        UserError: the names leave it open.
    """
    free = {role: key for role, key in roles.items() if role not in NAMED and counts[key] >= 0}
    wanted = {given: free[_role(given)] for given in input_names if _role(given) in free}
    found = Roles()
    if input_names and len(wanted) == len(input_names):
        found.inputs = wanted if len(wanted) > 1 else {"": next(iter(wanted.values()))}
    else:
        key = next((free[role] for role in SAMPLES if role in free), None)
        others = [key for role, key in free.items() if not _is_target(role)]
        if key is not None:
            found.inputs = {"": key}
        elif len(others) == 1 or (not others and len(free) == 1):
            found.inputs = {"": (others or list(free.values()))[0]}
        elif len(others) > 1 and len({counts[key] for key in others}) == 1:
            found.inputs = {role: key for role, key in free.items() if not _is_target(role)}
        else:
            listed = ", ".join(sorted(roles.values()))[:150] or "nothing"
            raise UserError(
                f"{name} holds {listed}; call the samples x and the targets y, or x_train, y_train, x_test, "
                "y_test, or give each array the name of a network's input."
            )
    _find_targets(found, free, counts)
    return found


def _find_targets(found: Roles, free: Mapping[str, str], counts: Mapping[str, int]) -> None:
    """Add the targets: one array called so, or an array for each of several outputs."""
    taken = set(found.inputs.values())
    left = {role: key for role, key in free.items() if key not in taken}
    count = counts[next(iter(taken))]
    for role in TARGETS:
        if role in left:
            found.targets = {"": left[role]}
            return
    outputs = {_output(role): key for role, key in left.items() if counts[key] == count and _is_target(role)}
    outputs = outputs or {role: key for role, key in left.items() if counts[key] == count}
    found.targets = {"": next(iter(outputs.values()))} if len(outputs) == 1 else outputs


def _role(key: str) -> str:
    return "_".join(word for word in re.split(r"[_\-.: /]+", key.lower()) if word)


def _is_target(role: str) -> bool:
    return role in TARGETS or role.split("_")[0] in TARGETS


def _output(role: str) -> str:
    return role.split("_", 1)[1] if "_" in role else role
