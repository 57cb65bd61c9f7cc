"""Networks in the SavedModel folders of Keras 2: the configuration beside the graph, the weights of the checkpoint.

The graph itself is a program, and is neither needed nor run.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from dlviz.inspect import vocabulary
from dlviz.inspect.checkpoint import Checkpoint
from dlviz.inspect.network_files import CLEAN_LEGACY_WEIGHTS, MAX_CONFIG, cleaned, report
from dlviz.inspect.paths import layers_of
from dlviz.inspect.protobuf import Message
from dlviz.inspect.refusal import Refused
from dlviz.inspect.shapes import LEGACY_GROUP, check_legacy_shapes

METADATA = "keras_metadata.pb"
CHECKPOINT = "variables/variables"
MAX_FIELDS = 600_000
MAX_SHARED = 4
"""How often, on average, a weight may belong to several layers at once."""

# Field numbers of keras/protobuf/saved_metadata.proto
NODE, NODE_ID, NODE_PATH, TEXT = 1, 2, 3, 5

_LAYER = re.compile(r"layer-(\d{1,6})")
_SEQUENCES = ("__tuple__", "TensorShape")


def read_keras_2(path: Path, folder: Path, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Leave the clean configuration and weights of the network in `folder`, return the report.

    Raises:
        Refused: it has no network, or any layer or array is not what it should be.
    """
    try:
        texts = _texts(path / METADATA)
        cleaner, config = cleaned(json.dumps(_network(texts)).encode(), trust, "2")
        if any(layer["class_name"] in vocabulary.LAYERS for layer in layers_of(config)):
            raise Refused(
                "is a SavedModel folder with a text layer, which dlviz only reads from .keras files; open it where it "
                'was made and save it with model.save("name.keras")'
            )
        checkpoint = Checkpoint(path / CHECKPOINT)
        shapes = _copy_weights(checkpoint, texts, folder / CLEAN_LEGACY_WEIGHTS)
    except (ValueError, IndexError, KeyError, RecursionError) as error:
        raise Refused("is a SavedModel folder that is damaged; download or save it again") from error
    except FileNotFoundError as error:
        raise Refused("is a SavedModel folder without its weights; download or save it again") from error
    check_legacy_shapes(config, shapes)
    return report("savedmodel", cleaner, config, shapes, "2", folder)


def _texts(path: Path) -> dict[int, tuple[str, bytes]]:
    """Return, by its number in the graph of objects, where each of Keras's objects stands and what is noted of it."""
    if path.stat().st_size > MAX_CONFIG:
        raise Refused(f"has a configuration of more than {MAX_CONFIG // 1024**2} MiB; save a smaller network")
    texts = {}
    for node in Message(path.read_bytes(), [MAX_FIELDS]).inside(NODE):
        fields = dict(node)
        text = fields.get(TEXT, b"")
        texts[int(fields.get(NODE_ID, 0))] = (node.text(NODE_PATH), bytes(text) if not isinstance(text, int) else b"")
    return texts


def _network(texts: dict[int, tuple[str, bytes]]) -> dict[str, Any]:
    where, text = texts[0]
    noted = _json(text) if where == "root" else None
    if not isinstance(noted, dict) or not isinstance(noted.get("config"), dict) or "layers" not in noted["config"]:
        raise Refused(
            "is a SavedModel folder of a subclassed network, whose layers it does not list; rebuild "
            "it with keras.Sequential or keras.Model, and save that"
        )
    config = {"class_name": noted.get("class_name"), "config": noted["config"]}
    return config | {"compile_config": noted.get("training_config")}


def _json(text: bytes) -> Any:
    return json.loads(text, object_hook=lambda v: v.get("items") if v.get("class_name") in _SEQUENCES else v)


def _copy_weights(
    checkpoint: Checkpoint, texts: dict[int, tuple[str, bytes]], target: Path
) -> dict[str, tuple[int, ...]]:
    """Write the weights as HDF5 files of Keras 2 have them; their shapes by the paths that they have there."""
    shapes: dict[str, tuple[int, ...]] = {}
    left = MAX_SHARED * checkpoint.bytes
    layers = list(_layers(checkpoint))
    if len(set(layers)) < len(layers):
        raise ValueError("an object that is two layers")
    with h5py.File(target, "w") as clean:
        clean.attrs["layer_names"] = _numbers(len(layers))
        for place, layer in enumerate(layers):
            name = _json(texts[layer][1])["name"]
            weights = [checkpoint.objects[number] for number in _weights(checkpoint, layer)]
            group = clean.create_group(str(place))
            group.attrs["weight_names"] = _numbers(len(weights))
            for index, weight in enumerate(weights):
                left -= checkpoint.size(weight.key)
                if left < 0 or len(shapes) > len(checkpoint.objects):
                    raise Refused("gives the same weights to many layers; save the network again")
                group[str(index)] = array = checkpoint.array(weight.key)
                shapes[f"{LEGACY_GROUP}/{name}/{weight.name}"] = array.shape
    return shapes


def _numbers(count: int) -> np.ndarray:
    """Return names for so many groups or arrays, short enough for thousands of them in one attribute."""
    return np.array([str(number) for number in range(count)], "S")


def _layers(checkpoint: Checkpoint) -> Iterator[int]:
    """Yield the numbers of the layers, in their order in the network."""
    found = [(_LAYER.fullmatch(name), number) for name, number in checkpoint.objects[0].children.items()]
    for _, number in sorted((int(match[1]), number) for match, number in found if match):
        yield number


def _weights(checkpoint: Checkpoint, layer: int) -> list[int]:
    """Return the numbers of a layer's variables, those first that are trained."""
    children = checkpoint.objects[layer].children
    if "variables" in children:
        lists = [checkpoint.objects[children[name]].children for name in ("trainable_variables", "variables")]
        return list(dict.fromkeys(each[str(place)] for each in lists for place in range(len(each))))
    if any(_LAYER.fullmatch(name) for name in children):
        raise Refused(
            "is a SavedModel that does not say in which order a nested network has its weights; save it again "
            "without save_traces=False"
        )
    return [number for number in _inside(checkpoint, layer) if checkpoint.objects[number].key]


def _inside(checkpoint: Checkpoint, number: int) -> list[int]:
    """Return the numbers of an object and of all in it, each once, what was made first before what was made later."""
    found: dict[int, None] = {}
    left = [number]
    while left:
        number = left.pop()
        if number not in found:
            found[number] = None
            left += reversed(checkpoint.objects[number].children.values())
    return list(found)
