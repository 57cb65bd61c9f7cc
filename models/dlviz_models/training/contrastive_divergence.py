"""How a restricted Boltzmann machine learns: contrastive divergence, as a loss for plain `fit`."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from dlviz_models.layers.rbm import RBM

RATE = 0.05
MOMENTUM = 0.9  # none for persistent chains, which must mix faster than the weights move


class ContrastiveDivergence(keras.layers.Layer):
    """Adds F(data) - F(states after `steps` of Gibbs sampling) to the loss, F being the free energy; (n, visible) in.

    The states are taken as constants, so that the gradient is that of contrastive divergence, <v h>_data - <v h>_model.
    The chains begin at the data (CD-k), or, `persistent`, where they stopped at the last batch (PCD).

    G. Hinton, Training products of experts by minimizing contrastive divergence, Neural Computation 14(8), 2002,
    DOI 10.1162/089976602760128018; T. Tieleman, Training restricted Boltzmann machines using approximations to the
    likelihood gradient, ICML 2008, DOI 10.1145/1390156.1390290.
    """

    def __init__(self, rbm: RBM, steps: int, persistent: bool, batch: int, seed: int) -> None:
        super().__init__()
        initial = [ops.convert_to_numpy(weight) for weight in rbm.joint]
        self.kernel, self.hidden_bias, self.visible_bias = (
            self.add_weight(value.shape, keras.initializers.Constant(value)) for value in initial
        )
        self.labels, self.steps, self.persistent = rbm.labels, steps, persistent
        self.seed_generator = keras.random.SeedGenerator(seed)
        half = keras.initializers.Constant(0.5)
        self.chain = self.add_weight((batch, initial[0].shape[0]), half, trainable=False)

    def call(self, data: Any) -> Any:
        v = self.chain if self.persistent else data  # (n, visible)
        for _ in range(self.steps):
            hidden = self._drawn(ops.sigmoid(ops.matmul(v, self.kernel) + self.hidden_bias))  # (n, units)
            visible = on_average_visible(hidden, self.kernel, self.visible_bias, self.labels)
            v = self._drawn(visible) if self.persistent else visible
        v = ops.stop_gradient(v)
        if self.persistent:
            self.chain.assign(v)
        self.add_loss(ops.mean(self._free_energy(data)) - ops.mean(self._free_energy(v)))
        return ops.sum(ops.square(data - visible), axis=-1) if not self.persistent else self._free_energy(data)

    def _free_energy(self, v: Any) -> Any:
        return free_energy(v, self.kernel, self.hidden_bias, self.visible_bias)

    def _drawn(self, probability: Any) -> Any:
        uniform = keras.random.uniform(ops.shape(probability), seed=self.seed_generator)
        return ops.cast(uniform < probability, probability.dtype)


def free_energy(v: Any, kernel: Any, hidden_bias: Any, visible_bias: Any) -> Any:
    """Return -log of the unnormalised probability of visible states (n, visible), all hidden states summed: (n,)."""
    return -ops.matmul(v, visible_bias) - ops.sum(ops.softplus(ops.matmul(v, kernel) + hidden_bias), axis=-1)


def on_average_visible(hidden: Any, kernel: Any, visible_bias: Any, labels: int) -> Any:
    """Return the probabilities (n, visible) given hidden states (n, units); the last `labels` sum to one."""
    logits = ops.matmul(hidden, ops.transpose(kernel)) + visible_bias
    if not labels:
        return ops.sigmoid(logits)
    return ops.concatenate([ops.sigmoid(logits[:, :-labels]), ops.softmax(logits[:, -labels:])], axis=-1)


def learn(
    rbm: RBM,
    data: np.ndarray,
    *,
    epochs: int,
    batch: int = 128,
    steps: int = 1,
    persistent: bool = False,
    rate: float = RATE,
    seed: int = 0,
    after_epoch: Callable[[], None] = lambda: None,
) -> None:
    """Train the joint distribution of an RBM, and set its weights upwards likewise; goes on after `rbm.learned` epochs.

    Args:
        data: what it sees, float32 (n, visible + labels) in 0..1; what does not fill a batch is left out.
        steps: of Gibbs sampling a batch: the k of CD-k.
        rate: of learning, in the first epoch; falls to zero epoch by epoch.
        after_epoch: called when the weights of an epoch are in the RBM.
    """
    batch = min(batch, len(data))
    done = int(rbm.learned)
    divergence = ContrastiveDivergence(rbm, steps, persistent, batch, seed + done)
    inputs = keras.layers.Input(batch_shape=(batch, data.shape[1]))
    trainer = keras.Model(inputs, divergence(inputs))
    optimizer = keras.optimizers.SGD(rate, momentum=0.0 if persistent else MOMENTUM)
    trainer.compile(optimizer, steps_per_execution=max(1, min(64, len(data) // batch)))
    for epoch in range(done, epochs):
        optimizer.learning_rate = rate * (1 - epoch / epochs)
        order = np.random.default_rng((seed, epoch)).permutation(len(data))[: len(data) // batch * batch]
        trainer.fit(data[order], batch_size=batch, shuffle=False, verbose=0)
        learned = (divergence.kernel, divergence.hidden_bias, divergence.visible_bias)
        for weight, value in zip(rbm.joint, learned, strict=True):
            weight.assign(ops.convert_to_numpy(value))
        rbm.learned.assign(epoch + 1)
        rbm.untie()
        after_epoch()
