"""The names that a configuration may hold, and where they have to stand."""

import json
from importlib.resources import files
from typing import Any

from dlviz.inspect.older_layers import MODULE

ALLOWED: dict[str, frozenset[str]] = {
    module: frozenset(names)
    for module, names in json.loads(files("dlviz.inspect").joinpath("allowed.json").read_text("utf-8")).items()
}
APPLICATIONS = {
    name: module for module, names in ALLOWED.items() if module.startswith("keras.src.applications.") for name in names
}
"""Layers of applications, whose modules HDF5 files leave out."""
# This project's own layers: registered name -> module to import for it.
REGISTERED: dict[str, str] = {
    "dlviz>L2Pooling2D": "dlviz_models.layers.l2_pooling",
    "dlviz>RBM": "dlviz_models.layers.rbm",
    "dlviz>Sampling": "dlviz_models.layers.sampling",
    "dlviz>LocalContrastNormalization": "dlviz_models.layers.local_contrast_normalization",
    "dlviz>LocalResponseNormalization": "dlviz_models.layers.local_response_normalization",
    "dlviz>AlignmentWeights": "dlviz_models.layers.attention",
    "dlviz>HeadMixture": "dlviz_models.layers.attention",
    "dlviz>HeadWeights": "dlviz_models.layers.attention",
    "dlviz>SinePositions": "dlviz_models.networks.transformer",
    "dlviz>TensorCell": "dlviz_models.layers.trees",
    "dlviz>Text": "dlviz_models.layers.text",
    "dlviz>TreeCell": "dlviz_models.layers.trees",
    "dlviz>TreeLSTMCell": "dlviz_models.layers.trees",
    "dlviz>ThresholdedReLU": MODULE,
    "dlviz>hard_sigmoid_of_keras_2": MODULE,
}

_FAMILIES = {
    "engine": "keras.models",
    "models": "keras.models",
    "layers": "keras.layers",
    "initializers": "keras.initializers",
    "regularizers": "keras.regularizers",
    "constraints": "keras.constraints",
    "dtype_policies": "keras.dtype_policies",
    "mixed_precision": "keras.dtype_policies",
}
ROLES = {
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
    "dtype": "keras.dtype_policies",
}


def table_of(module: Any, name: str, key: str) -> str | None:
    """Return the part of the allow-list in which an object of that module, or in that role, has to stand."""
    if not isinstance(module, str):
        if module is not None:
            return None
        if name in APPLICATIONS:
            return APPLICATIONS[name]
        role = ROLES.get(key.rpartition("_")[2])
        return role or ("keras.models" if name in ALLOWED["keras.models"] else "keras.layers")
    if module in ALLOWED:
        return module
    path = module.removeprefix("tensorflow.").removeprefix("python.").replace("tf_keras", "keras", 1).split(".")
    if path[0] != "keras":
        return None
    if len(path) == 1:
        return "keras.dtype_policies" if "Policy" in name else "keras.models"
    family = path[2] if path[1] == "src" and len(path) > 2 else path[1]
    return _FAMILIES.get(family)
