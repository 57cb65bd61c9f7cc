"""The epoch that stays in the graph: the same steps as Keras's own, told of in time."""

from typing import Any

import keras
import numpy as np
import pytest

from dlviz_models.training import compiled_epoch
from dlviz_models.training.compiled_epoch import CompiledEpoch

RANDOM = np.random.default_rng(0)


def made(kind: type[keras.Model]) -> keras.Model:
    """A small network with a metric that is weighted, the same at each call."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((5,))
    hidden = keras.layers.Dense(7, activation="tanh")(inputs)
    model = kind(inputs, keras.layers.Dense(3)(hidden))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight")
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    model.compile(keras.optimizers.Adam(0.01), loss, weighted_metrics=[accuracy])
    return model


@pytest.mark.parametrize("weighted", [False, True])
def test_an_epoch_is_keras_own(weighted: bool) -> None:
    x, y = RANDOM.random((43, 5), np.float32), RANDOM.integers(0, 3, 43)
    weight = RANDOM.random(43, np.float32) if weighted else None
    plain, fast = made(keras.Model), made(CompiledEpoch)
    for epoch in range(3):
        keras.utils.set_random_seed(epoch)
        order = np.random.permutation(43)  # noqa: NPY002
        expected = plain.fit(
            x[order], y[order], sample_weight=None if weight is None else weight[order], batch_size=8, shuffle=False,
            verbose=0, validation_data=(x, y), initial_epoch=epoch, epochs=epoch + 1,
        ).history  # fmt: skip
        keras.utils.set_random_seed(epoch)
        measured = fast.fit(
            x, y, sample_weight=weight, batch_size=8, verbose=0, validation_data=(x, y), initial_epoch=epoch,
            epochs=epoch + 1,
        ).history  # fmt: skip
        assert measured.keys() == expected.keys() == {"accuracy", "loss", "val_accuracy", "val_loss"}
        for name, values in expected.items():
            assert measured[name] == pytest.approx(values, rel=1e-5)
    assert int(fast.optimizer.iterations) == 3 * 6
    for one, other in zip(plain.get_weights(), fast.get_weights(), strict=True):
        assert np.allclose(one, other, atol=1e-6)


def test_steps_are_told_a_turn_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: told.append(batch))
    data: dict[str, Any] = {"x": RANDOM.random((40, 5), np.float32), "y": RANDOM.integers(0, 3, 40), "verbose": 0}
    monkeypatch.setattr(compiled_epoch, "TURN_SECONDS", 60)
    made(CompiledEpoch).fit(**data, batch_size=16, callbacks=[callback])
    assert told == [2]  # all three steps within one turn
    told.clear()
    monkeypatch.setattr(compiled_epoch, "TURN_SECONDS", 0)
    model = made(CompiledEpoch)
    model.fit(**data, batch_size=16, callbacks=[callback])
    assert told == [0, 1, 2]  # a turn is a step at least
    told.clear()
    model.fit(**data, batch_size=8, callbacks=[callback])
    assert told == [0, 1, 2, 3, 4]
