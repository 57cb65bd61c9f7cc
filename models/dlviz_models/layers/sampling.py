"""The random code of a variational autoencoder."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("dlviz")
class Sampling(keras.layers.Layer):
    """Draw a code from the normal distribution of the given mean and log variance, each (n, code); (n, code) out.

    While training, the code is random and `weight` times its divergence from the standard normal distribution, in nats
    a picture, is added to the loss. Afterwards the code is the mean.

    D. Kingma, M. Welling, Auto-encoding variational Bayes, ICLR 2014, arXiv 1312.6114, section 2.4 and appendix B.
    """

    def __init__(self, weight: float = 1.0, seed: int | None = None, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.weight, self.seed = weight, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Sequence[Any], training: bool | None = None) -> Any:
        mean, log_variance = inputs  # (n, code)
        divergence = ops.sum(ops.exp(log_variance) + ops.square(mean) - 1 - log_variance, axis=-1) / 2  # (n,)
        self.add_loss(self.weight * ops.mean(divergence))
        if not training:
            return mean
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(log_variance / 2) * noise

    def compute_output_shape(self, input_shape: Sequence[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weight": self.weight, "seed": self.seed}
