"""A network's configuration, rebuilt from names on the allow-list.

Keras's own `safe_mode` still resolves modules, functions and classes that a configuration names. Here every named
object is looked up in `allowed.json`, and the clean configuration holds the table's spelling of it, so that what Keras
later resolves was written by this project. What is not an object is copied as plain data.
"""

import re
from collections.abc import Sequence
from typing import Any

from dlviz.inspect import older_layers
from dlviz.inspect.allowed import ALLOWED, REGISTERED, ROLES, table_of
from dlviz.inspect.modern import BUILT_BY_CALLS, OLD, STORED_AS, is_old, modern
from dlviz.inspect.references import is_reference
from dlviz.inspect.refusal import Refused, shown
from dlviz.inspect.trust import advice, by_name, may_be_users
from dlviz_models.grammar import article

MAX_LAYERS = 5_000
MAX_DEPTH = 100
MAX_NUMBER = 10**8
MAX_CALLS = 20_000
_COUNTS = ("num_oov_indices", "ngrams", "num_ops")
_PARTS = ("indices_or_sections", "num")
MOST_NAMED = 8
"""Classes and functions that a sentence names."""
MAX_OUTPUTS = 20_000
"""Outputs that the layers of a network which divide their input may have, all together."""
_MOST = (
    dict.fromkeys(_COUNTS, 10_000)
    | dict.fromkeys(_PARTS, MAX_OUTPUTS)
    | dict.fromkeys(("seed", "salt", "mask_value", "value"), 2**64)
)
_MODELS = {"Sequential": "keras.models", "Functional": "keras.src.models.functional"}
_LAYER_LIKE = ("keras.layers", "keras.models", "keras.src.models.", "keras.src.ops.")
_VALUES = ("__keras_tensor__", "__tensor__", "__numpy__", "__slice__", "__ellipsis__")
_CODE = {"Lambda", "__lambda__", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "function"}
_OF_SEQUENTIAL = {"name", "trainable", "dtype", "layers", "build_input_shape"}
_FOREIGN = {"TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "NnxLayer"}
_NUMBER = r"(?:bfloat16|float(?:8_\w{4,6}|16|32|64)|u?int(?:4|8|16|32|64)|bool|string|complex(?:64|128))"
_DTYPE = re.compile(rf"(?:(?:[\w/-]{{1,40}}_from_)?(?:mixed_)?{_NUMBER})")


class Cleaner:
    """Rebuilds one configuration.

    Attributes:
        layers: how many there are.
        imports: modules that this project's own layers need.
        trusted: those of the words given as `trust` that the configuration makes use of.
        losses: what the network was compiled with, as `losses_in` gives it.
    """

    def __init__(self, trust: Sequence[str] = (), major: int = 3) -> None:
        """Prepare to clean a configuration.

        Args:
            trust: "module:Class" of the custom classes and functions that it may name.
            major: version of the Keras that wrote it.
        """
        self.layers = 0
        self.imports: set[str] = set()
        self.trusted: set[str] = set()
        self.losses: dict[str, str] = {}
        self._trust = by_name(trust)
        self._outputs = 0
        self._major = major
        self._unknown: dict[str, object] = {}

    def network(self, config: Any) -> dict[str, Any]:
        """Return the clean configuration of a whole network.

        Raises:
            Refused: it is not one, or holds anything that is not on the allow-list.
        """
        if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
            raise Refused("has no network in its configuration; save it again with model.save")
        clean = self._object(config, "", 0)
        if self._unknown:
            raise Refused(_unknown_sentence(self._unknown))
        if clean["class_name"] not in _MODELS and clean["registered_name"] not in self.trusted:
            raise Refused(f"holds {article(shown(clean['class_name']))} alone, not a network; save a whole network")
        if _calls_in(clean) > MAX_CALLS:
            raise Refused(f"calls its layers more than {MAX_CALLS:,} times; save a smaller network")
        return clean

    def _value(self, value: Any, key: str, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise Refused(f"nests its configuration more than {MAX_DEPTH} deep; save a simpler network")
        if isinstance(value, list):
            return [self._value(item, "", depth + 1) for item in value]
        if isinstance(value, str):
            return self._text(value, key)
        if isinstance(value, int):
            return _number(value, key)
        if not isinstance(value, dict):
            return value
        if "class_name" in value:
            return self._object(value, key, depth)
        return {name: self._value(item, name, depth + 1) for name, item in value.items()}

    def _text(self, text: str, key: str) -> Any:
        role = key.rpartition("_")[2]
        table = "keras.activations" if role == "activation" else ROLES.get(role)
        if role == "dtype":
            if not _DTYPE.fullmatch(text):
                raise Refused(f"names the number type “{shown(text)}”, which Keras does not have; save it again")
        elif table:
            return self._function(text, table)
        if "vocabulary" in key and role != "dtype":
            raise Refused(
                "has a layer that reads its vocabulary from another file; save it with the words in the layer"
            )
        return text

    def _function(self, text: str, table: str) -> Any:
        """Return a function, or an object by its name alone, as the clean configuration has it."""
        name = text.rpartition(">")[2]
        if name in self._trust:
            return _registered(self._trusted(name))
        name = older_layers.ALIASES.get(name, name) if table == "keras.activations" else name
        if name == "hard_sigmoid" and self._major < 3:
            self.imports.add(older_layers.MODULE)
            return _registered(older_layers.OWN[name])
        if text in REGISTERED:
            self.imports.add(REGISTERED[text])
            return _registered(text)
        if name not in ALLOWED[table]:
            self._unknown.setdefault(name, None)
        return name

    def _object(self, node: dict[str, Any], key: str, depth: int) -> Any:
        name, config = node["class_name"], node.get("config")
        if not isinstance(name, str):
            raise Refused("has a layer without the name of its class; save it again with model.save")
        if name in _VALUES:
            return self._plain_value(name, config, key, depth)
        if name == "function" and isinstance(config, str):
            function = config.rpartition(">")[2]
            if key.endswith("activation"):
                return self._text(config, key)
            if function in self._trust:
                return _registered(self._trusted(function))
            if may_be_users(node.get("module")):
                self._unknown.setdefault(function, None)
                return None
        _refuse_code(name, config)
        if isinstance(config, list) and name == "Sequential":  # as Keras 2.0 wrote it
            config = {"name": "sequential", "layers": config}
        if not isinstance(config, dict) or "class_name" in config:
            raise Refused(f"has a “{shown(name)}” without a configuration; save it again with model.save")
        name, config = older_layers.equal(name, config, self._major)
        module, name, registered = self._resolved(node | {"class_name": name}, key, config)
        if module is None or module.startswith(_LAYER_LIKE):
            self.layers += 1
            if self.layers > MAX_LAYERS:
                raise Refused(f"has more than {MAX_LAYERS:,} layers; open a smaller network")
        by_keras_2 = module in _MODELS.values() and is_old(config["layers"])
        config = modern(name, config) if module else config
        clean: dict[str, Any] = {"module": module, "class_name": name, "registered_name": registered}
        clean["config"] = {item: self._value(of, item, depth + 1) for item, of in config.items()}
        for part in ("build_config", "inbound_nodes"):
            if part in node and not (part == "build_config" and name in BUILT_BY_CALLS):
                clean[part] = self._value(node[part], part, depth + 1)
        self._check_outputs(name, clean)
        if by_keras_2:
            clean[OLD] = True
        if name != node["class_name"] and node["class_name"] not in ALLOWED["keras.models"]:
            clean[STORED_AS] = node["class_name"]
        if isinstance(node.get("name"), str):
            clean["name"] = node["name"]
        if isinstance(node.get("shared_object_id"), int):
            clean["shared_object_id"] = node["shared_object_id"]
        return clean

    def _plain_value(self, name: str, config: Any, key: str, depth: int) -> dict[str, Any]:
        """Return what Keras writes as an object but is a value, such as an array or a slice."""
        if isinstance(config, dict) and not isinstance(config.get("dtype", ""), str):
            raise Refused("holds a value of a number type that Keras does not have; save it again")
        if name == "__slice__" or isinstance(config, dict):
            return {"class_name": name, "config": self._value(config, key, depth + 1)}
        return {"class_name": name, "config": None}

    def _check_outputs(self, name: str, layer: dict[str, Any]) -> None:
        """Refuse a layer that would compute while the network is built, or has outputs without number."""
        calls = layer.get("inbound_nodes") or []
        if not isinstance(calls, list):
            raise Refused(f"calls {article(shown(name))} in a way that cannot be read; save it again with model.save")
        for call in calls:
            if not _holds_tensor(call):
                raise Refused(
                    f"has {article(shown(name))} whose input does not come from a layer; save it again without it"
                )
        parts = [layer["config"].get(key) for key in _PARTS]
        if name == "Unstack" and not isinstance(layer["config"].get("num"), int):
            raise Refused("has an Unstack whose number of parts is not given; save it again with num=...")
        if any(isinstance(part, int) and part < 0 for part in parts):
            raise Refused(f"has {article(shown(name))} with a negative number of parts; save it again")
        self._outputs += sum(len(part) + 1 if isinstance(part, list) else part for part in parts if part)
        if self._outputs > MAX_OUTPUTS:
            raise Refused(f"divides its values into more than {MAX_OUTPUTS:,} parts; save a smaller network")

    def _resolved(self, node: dict[str, Any], key: str, config: dict[str, Any]) -> tuple[str | None, str, str | None]:
        """Return module, class and registered name as the table spells them."""
        name, module, registered = node["class_name"], node.get("module"), node.get("registered_name")
        if isinstance(registered, str) and registered in REGISTERED and registered.endswith(f">{name}"):
            self.imports.add(REGISTERED[registered])
            return None, name, registered
        if name in older_layers.OWN:
            self.imports.add(older_layers.MODULE)
            return None, name, older_layers.OWN[name]
        if name not in ALLOWED["keras.models"] and _is_network(config, outermost=not key):
            module, name = "keras", "Functional" if "input_layers" in config else "Sequential"
        if name in self._trust:
            return None, name, self._trusted(name)
        table = _operations(node, config) or table_of(module, name, key)
        if table == "keras.models" and name in ALLOWED[table]:
            layers = config.get("layers")
            if not isinstance(layers, list) or not all(
                isinstance(each, dict) and "class_name" in each for each in layers
            ):
                raise Refused("is a network without a list of layers; rebuild it with keras.Sequential or keras.Model")
            name = "Sequential" if name == "Sequential" else "Functional"
            return _MODELS[name], name, None
        name = "DTypePolicy" if (table, name) == ("keras.dtype_policies", "Policy") else name
        if name in older_layers.REMOVED and table == "keras.layers":
            raise Refused(
                f"has {article(name)}, a layer that was removed in Keras 3; rebuild that part of the network with"
                " current layers and save it again"
            )
        if table is None or name not in ALLOWED[table]:
            self._unknown[name] = module
            return None, name, None
        return "keras" if name == "DTypePolicy" else table, name, None

    def _trusted(self, name: str) -> str:
        self.trusted.add(self._trust[name])
        return self._trust[name]


def _registered(word: str) -> dict[str, Any]:
    return {"module": None, "class_name": "function", "config": word, "registered_name": word}


def _unknown_sentence(unknown: dict[str, object]) -> str:
    """Say which classes and functions are not Keras's own, and how to trust all of them."""
    names = ", ".join(f"“{shown(name, 40)}”" for name in list(unknown)[:MOST_NAMED])
    more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    return (
        f"uses {names}{more}, neither Keras's own nor dlviz's; save the network with Keras's own layers"
        f"{advice(unknown)}"
    )


def _operations(node: dict[str, Any], config: dict[str, Any]) -> str | None:
    """Return the module of an operation of Keras 3 in an HDF5 file, which does not tell it from a layer of that name.

    Layers have a type of numbers in their configuration, operations have none.
    """
    calls = node.get("inbound_nodes")
    is_new = isinstance(calls, list) and bool(calls) and isinstance(calls[0], dict)
    if node.get("module") is not None or not is_new or config.keys() & {"trainable", "dtype"}:
        return None
    modules = (module for module in ALLOWED if module.startswith("keras.src.ops."))
    return next((module for module in modules if node["class_name"] in ALLOWED[module]), None)


def _is_network(config: dict[str, Any], outermost: bool) -> bool:
    """Whether it is what Keras writes of a functional network, whatever its class; or a whole sequence of layers."""
    layers = config.get("layers")
    if not isinstance(layers, list) or not layers:
        return False
    if not all(isinstance(layer, dict) and "class_name" in layer for layer in layers):
        return False
    if "input_layers" in config and "output_layers" in config:
        return True
    return outermost and config.keys() <= _OF_SEQUENTIAL and layers[0]["class_name"] == "InputLayer"


def _calls_in(value: Any) -> int:
    """Return how many layers are called when what the clean configuration describes is."""
    if isinstance(value, list):
        return sum(map(_calls_in, value))
    if not isinstance(value, dict):
        return 0
    if not ("class_name" in value and isinstance(value["config"], dict)):
        return sum(map(_calls_in, value.values()))
    inside = sum(map(_calls_in, value["config"].values()))
    is_layer = value.get("module") is None or value["module"].startswith(_LAYER_LIKE)
    return max(1, len(value.get("inbound_nodes") or ())) * max(1, inside) if is_layer else 0


def _holds_tensor(value: Any) -> bool:
    if is_reference(value) or (isinstance(value, dict) and value.get("class_name") == "__keras_tensor__"):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_holds_tensor, inner))


def _number(value: int, key: str) -> int:
    """Return a whole number that no layer takes gigabytes or minutes over while the network is built."""
    if value > _MOST.get(key, MAX_NUMBER):
        raise Refused(
            f"has {shown(key or 'a number')} = {shown(value)}, more than any real network; save a smaller network"
        )
    return value


def _refuse_code(name: str, config: Any) -> None:
    if name in _CODE:
        what = {"function": "the function", "__lambda__": "a lambda function"}.get(name, f"{article(name)} layer")
        label = config.get("name", "") if isinstance(config, dict) else config
        called = f" “{shown(label)}”" if label else ""
        raise Refused(
            f"holds {what}{called}, which is program code that opening would run; replace it by Keras's "
            "own layers or operations and save again"
        )
    if name in _FOREIGN:
        raise Refused(f"holds {article(name)}, which loads programs from elsewhere; save it with Keras's own layers")
