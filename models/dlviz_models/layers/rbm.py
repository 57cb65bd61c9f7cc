"""The restricted Boltzmann machine as a layer."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("dlviz")
class RBM(keras.layers.Layer):
    """A layer of sigmoid units (n, units) that can also say what it would like to see: (n, visible + labels).

    It holds two sets of weights, equal after contrastive divergence and untied from then on: those upwards (`kernel`,
    `bias`), which back-propagation changes, and those of the joint distribution of visible and hidden states
    (`joint_kernel`, `hidden_bias`, `visible_bias`), which it leaves alone. The last `labels` visible units of the joint
    distribution are the class, one of them being on; upwards they are not looked at. `learned` counts the epochs of
    contrastive divergence.

    G. Hinton, S. Osindero, Y.-W. Teh, A fast learning algorithm for deep belief nets, Neural Computation 18(7), 2006,
    DOI 10.1162/neco.2006.18.7.1527.
    """

    def __init__(self, units: int, labels: int = 0, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.units, self.labels = units, labels

    def build(self, input_shape: tuple[int, ...]) -> None:
        size = input_shape[-1]
        normal = keras.initializers.RandomNormal(stddev=0.01)
        self.kernel = self.add_weight((size, self.units), normal, name="kernel")
        self.bias = self.add_weight((self.units,), "zeros", name="bias")
        visible = size + self.labels
        self.joint_kernel = self.add_weight((visible, self.units), normal, trainable=False, name="joint_kernel")
        self.hidden_bias = self.add_weight((self.units,), "zeros", trainable=False, name="hidden_bias")
        self.visible_bias = self.add_weight((visible,), "zeros", trainable=False, name="visible_bias")
        self.learned = self.add_weight((), "zeros", trainable=False, name="learned")

    @property
    def joint(self) -> tuple[keras.Variable, keras.Variable, keras.Variable]:
        """The weights of the joint distribution: kernel, hidden bias, visible bias."""
        return self.joint_kernel, self.hidden_bias, self.visible_bias

    def untie(self) -> None:
        """Set the weights upwards to those of the joint distribution."""
        self.kernel.assign(ops.convert_to_numpy(self.joint_kernel)[: self.kernel.shape[0]])
        self.bias.assign(ops.convert_to_numpy(self.hidden_bias))

    def call(self, v: Any) -> Any:
        return ops.sigmoid(ops.matmul(v, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "labels": self.labels}
