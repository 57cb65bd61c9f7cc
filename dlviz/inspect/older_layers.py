"""Layers and functions of older versions of Keras, as their equivalents in Keras 3.

An option that is absent had a default then, which need not be that of now.
"""

from typing import Any

from dlviz.inspect import keras1

_STANDARD_GATES = {"activation": "tanh", "recurrent_activation": "sigmoid"}
_EQUAL: dict[str, tuple[str, dict[str, Any]]] = {
    "CuDNNLSTM": ("LSTM", _STANDARD_GATES),
    "CuDNNGRU": ("GRU", _STANDARD_GATES | {"reset_after": True}),
    "UnifiedLSTM": ("LSTM", _STANDARD_GATES),
    "UnifiedGRU": ("GRU", _STANDARD_GATES | {"reset_after": True}),
    "BatchNormalizationV1": ("BatchNormalization", {}),
    "BatchNormalizationV2": ("BatchNormalization", {}),
    "SyncBatchNormalization": ("BatchNormalization", {}),
    "AddLoss": ("Identity", {}),
    "AddMetric": ("Identity", {}),
    "RandomHeight": ("Identity", {}),
    "RandomWidth": ("Identity", {}),
}
"""From a class to the one that it became, and options that it had fixed."""

_OLD_DEFAULTS: dict[str, dict[str, Any]] = {
    "LSTM": {"recurrent_activation": "hard_sigmoid"},
    "LSTMCell": {"recurrent_activation": "hard_sigmoid"},
    "ConvLSTM2D": {"recurrent_activation": "hard_sigmoid"},
    "GRU": {"recurrent_activation": "hard_sigmoid", "reset_after": False},
    "GRUCell": {"recurrent_activation": "hard_sigmoid", "reset_after": False},
}
REMOVED = (
    "LocallyConnected1D", "LocallyConnected2D", "DenseFeatures", "SequenceFeatures", "MaxoutDense", "Highway",
    "TimeDistributedMerge", "ParametricSoftplus", "SReLU",
)  # fmt: skip
"""Layers that Keras 3 has no equal of."""

OWN = {
    "ThresholdedReLU": "dlviz>ThresholdedReLU",
    "hard_sigmoid": "dlviz>hard_sigmoid_of_keras_2",
}
"""What Keras 3 left out or changed, by the names under which this project registers it."""

MODULE = "dlviz_models.layers.keras_2"

ALIASES = {
    "softmax_v2": "softmax", "log_softmax_v2": "log_softmax", "identity": "linear", "identity_v2": "linear",
    "exp": "exponential", "swish": "silu", "hard_swish": "hard_silu", "nn_softmax": "softmax", "softmax_v1": "softmax",
}  # fmt: skip
"""Functions of TensorFlow and of older versions of Keras that are a function of Keras 3 by another name."""


def equal(name: str, config: dict[str, Any], major: int) -> tuple[str, dict[str, Any]]:
    """Return class and configuration of the layer that a layer became.

    Args:
        major: version of the Keras that wrote it.
    """
    if name in _EQUAL:
        name, fixed = _EQUAL[name]
        if name == "Identity":
            return name, {key: config[key] for key in ("name", "dtype") if key in config}
        config = {key: value for key, value in config.items() if key != "synchronized"} | fixed
    elif major < 3:
        name, config = keras1.renamed(name, config) if major < 2 else (name, config)
        config = _OLD_DEFAULTS.get(name, {}) | config
    return name, config
