"""The shipped deep belief net worked out with numpy: its machines, and what it reads."""

from __future__ import annotations

import numpy as np

from dlviz.by_hand.attention import softmax
from dlviz.by_hand.shipped_weights import shipped_weights
from dlviz_models.gibbs import Machine

NETWORK = "dbn"
MACHINES = ("rbm1", "rbm2", "rbm3")


def machines() -> list[Machine]:
    """Its restricted Boltzmann machines as Gibbs sampling takes them, from the pixels upwards."""
    arrays = shipped_weights(NETWORK).arrays
    return [(arrays[name][2], arrays[name][3], arrays[name][4]) for name in MACHINES]


def read(pixels: np.ndarray) -> np.ndarray:
    """Probabilities of the ten digits (n, 10) for pictures (n, 784) of 0..1.

    G. Hinton, S. Osindero, Y.-W. Teh, A fast learning algorithm for deep belief nets, 2006, DOI
    10.1162/neco.2006.18.7.1527.
    """
    arrays = shipped_weights(NETWORK).arrays
    x = pixels.astype(np.float32)
    for name in MACHINES:
        kernel, bias = arrays[name][:2]
        x = 1 / (1 + np.exp(-(x @ kernel + bias)))
    kernel, bias = arrays["logits"]
    return softmax(x @ kernel + bias)
