"""How configurations of Keras 2 and Keras 3 refer to the output of a layer."""

from typing import Any


def is_reference(value: Any) -> bool:
    """Whether it is [name of a layer, number of the call, number of the output], perhaps with more behind."""
    return isinstance(value, list) and len(value) >= 3 and [type(part) for part in value[:3]] == [str, int, int]


def tensor(reference: list[Any]) -> dict[str, Any]:
    """Return a tensor, as Keras 3 writes it, by where it comes from; its shape is found when the network is built."""
    found = {"shape": [None], "dtype": "float32", "keras_history": reference[:3]}
    return {"class_name": "__keras_tensor__", "config": found}
