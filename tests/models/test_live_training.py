"""Live training: left alone it is `train`; paused, stepped, rewound it stays on the same road; turned, it leaves it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from dlviz_models.cards import Card, read_card
from dlviz_models.data import Data, open_data
from dlviz_models.data.texts import as_texts
from dlviz_models.errors import UserError
from dlviz_models.kept_epochs import kept_epochs
from dlviz_models.training import live_training, snapshots
from dlviz_models.training.handover import reports_of
from dlviz_models.training.live_training import Hyperparameters, LiveTraining
from dlviz_models.training.logs import Logs
from dlviz_models.training.run import slots
from dlviz_models.training.train import train, training_run

DIGITS = open_data("digits")
RANDOM = np.random.default_rng(0)
BASES = ["".join(RANDOM.choice(list("ACGT"), length)) for length in RANDOM.integers(5, 15, 200)]
GC = Data.undivided("b", as_texts("b", [(text, "yes" if "GC" in text else "no") for text in BASES], ("no", "yes")))


def weights(path: Path) -> list[np.ndarray]:
    return keras.saving.load_model(path).get_weights()


def live(tmp_path: Path, network: str = "mlp", data: Data[Any] = DIGITS, **how: Any) -> LiveTraining:
    how = {"epochs": 2, "batch": 50, "limit": 800, "options": {"hidden": "8"}} | how
    return LiveTraining(lambda progress: training_run(network, data, tmp_path / "live.keras", progress=progress, **how))


def trained(tmp_path: Path, network: str = "mlp", data: Data[Any] = DIGITS, **how: Any) -> list[np.ndarray]:
    how = {"epochs": 2, "batch": 50, "limit": 800, "options": {"hidden": "8"}} | how
    train(network, data, tmp_path / "trained.keras", **how)
    return weights(tmp_path / "trained.keras")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `train` makes of the defaults of `live`."""
    folder = tmp_path_factory.mktemp("alone")
    trained(folder, command="the line")
    return folder / "trained.keras"


def equal(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture
def by_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every batch is a moment that can be gone back to."""
    monkeypatch.setattr(live_training, "TURN_SECONDS", 0)
    monkeypatch.setattr(snapshots, "EVERY_SECONDS", 0)


def test_left_alone_it_is_train(tmp_path: Path, alone: Path) -> None:
    training = live(tmp_path, command="the line")
    *_, last = training.moments()
    training.keep(tmp_path / "kept.keras")
    assert equal(weights(tmp_path / "kept.keras"), weights(alone))
    assert read_card(tmp_path / "kept.keras") == read_card(alone)
    assert last.figures["accuracy"] == read_card(alone).accuracy  # type: ignore[union-attr]
    assert training.points[-1][0] == 2


def test_batch_by_batch_and_rewound_it_stays_on_the_road(tmp_path: Path, alone: Path, by_batches: None) -> None:
    training = live(tmp_path)
    moments = training.moments()
    seen = [next(moments).seen for _ in range(20)]  # 720 examples: 15 batches an epoch, into the second
    assert seen == [*range(0, 750, 50), *range(0, 250, 50)]
    training.rewind(1e9)
    assert next(moments).seen == 50
    assert len(training.left) > 15
    *_, last = moments
    training.keep(tmp_path / "kept.keras")
    assert equal(weights(tmp_path / "kept.keras"), weights(alone))
    assert last.figures


@pytest.mark.parametrize(
    ("network", "data", "how"),
    [
        ("mlp", DIGITS, {"options": {"hidden": "8", "augment": "shift"}}),  # random layers
        ("rnn", GC, {"limit": None, "batch": 20, "options": {"units": "4"}}),  # batches of like length
    ],
)
def test_rewound_into_the_middle_of_an_epoch(
    network: str, data: Data[Any], how: dict[str, Any], tmp_path: Path, by_batches: None
) -> None:
    training = live(tmp_path, network, data, **how)
    moments = training.moments()
    times = [next(moments).seconds for _ in range(14)]
    training.rewind(times[-1] - times[5] - 1e-9)
    assert 0 < training.done < 1
    assert len(training.left) > 5
    list(moments)
    training.keep(tmp_path / "kept.keras")
    assert equal(weights(tmp_path / "kept.keras"), trained(tmp_path, network, data, **how))


def test_turned_before_the_first_step_it_is_train_with_these_options(tmp_path: Path) -> None:
    training = live(tmp_path)
    moments = training.moments()
    next(moments)
    training.change(learning_rate=0.01, momentum=0.5, weight_decay=0.1, batch=25)
    assert training.hyperparameters == Hyperparameters(pytest.approx(0.01), 0.5, 0.1, 25)
    list(moments)
    training.keep(tmp_path / "kept.keras")
    options = {"learning_rate": 0.01, "momentum": 0.5, "weight_decay": 0.1, "schedule": "constant", "hidden": "8"}
    assert equal(weights(tmp_path / "kept.keras"), trained(tmp_path, batch=25, options=options))
    card = read_card(tmp_path / "kept.keras")
    assert card is not None
    assert "learning_rate=0.01" in card.turned
    assert card.turned.endswith("from step 0 (epoch 0.00)")


def test_turned_in_the_middle_it_goes_on_from_there(tmp_path: Path, by_batches: None) -> None:
    """Plain gradient descent with the rate turned to next to nothing stays where it is; the moments so far are kept."""
    training = live(tmp_path, options={"hidden": "8", "optimizer": "sgd", "schedule": "constant"})
    moments = training.moments()
    for _ in range(5):
        next(moments)
    before = training.run.model.get_weights()
    training.change(learning_rate=1e-30)
    assert next(moments).seen == 250
    assert equal(before, training.run.model.get_weights())
    training.change(batch=100)
    assert [next(moments).seen for _ in range(2)] == [350, 450]
    first, second = training.changes
    assert first == "learning_rate=1e-30 from step 4 (epoch 0.28)"
    assert second.startswith("batch=100 from step ")
    training.keep(tmp_path / "turned.keras")
    assert (read_card(tmp_path / "turned.keras") or Card()).turned == f"{first}; {second}"
    training.rewind(1e9)
    assert training.hyperparameters.batch == 50
    assert training.hyperparameters.learning_rate == pytest.approx(0.05)
    assert training.changes == []


def test_what_optimizers_gathered_is_kept(tmp_path: Path, by_batches: None) -> None:
    training = live(tmp_path)
    moments = training.moments()
    for _ in range(5):
        next(moments)
    before = [np.array(slot) for slot in slots(training.run.trainer.optimizer)]
    training.change(momentum=0.8)
    assert equal(before, [np.array(slot) for slot in slots(training.run.trainer.optimizer)])
    assert int(training.run.trainer.optimizer.iterations) == 4


def test_diverged_and_rewound(tmp_path: Path, by_batches: None) -> None:
    training = live(tmp_path, options={"hidden": "8", "optimizer": "sgd"})
    moments = training.moments()
    for _ in range(4):
        next(moments)
    training.change(learning_rate=1e30)
    last = next(moment for moment in moments if moment.diverged)
    assert "rewind" in last.diverged
    training.rewind(1e9)
    *_, last = moments
    assert last.figures
    assert np.isfinite(training.points[-1][1]["val_loss"])


def test_means_are_of_the_examples_since_the_moment_before(tmp_path: Path, by_batches: None) -> None:
    """The mean over an epoch, which Keras tells, is the mean of the means of its batches."""
    training = live(tmp_path, epochs=1)
    list(training.moments())
    losses = [measures["loss"] for _, measures in training.points if "loss" in measures]
    assert len(losses) == 15
    sizes = [50] * 14 + [20]
    assert np.average(losses, weights=sizes) == pytest.approx(training.run.history[0]["loss"], rel=1e-4)


@pytest.mark.parametrize(
    ("turned", "says"),
    [({"batch": 0}, "least is 1"), ({"momentum": 2}, "most is 1"), ({"momentum": 0.5}, "has no momentum")],
)
def test_refused(turned: dict[str, float], says: str, tmp_path: Path) -> None:
    training = live(tmp_path, options={"hidden": "8", "optimizer": "adagrad"})
    with pytest.raises(UserError, match=says):
        training.change(**turned)
    with pytest.raises(UserError, match="nothing to go back to"):
        training.rewind()
    with pytest.raises(UserError, match="must end in"):
        training.keep(tmp_path / "net.h5")


def test_mixed_precision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="precision"):
        live(tmp_path, options={"precision": "mixed_bfloat16"})


def test_reports_hand_over() -> None:
    done: list[int] = []

    def run(report: Callable[[int], None]) -> None:
        for number in range(3):
            report(number)
            done.append(number)
        raise ValueError("wrong")

    reports = reports_of(run)
    assert (next(reports), next(reports), done) == (0, 1, [0])
    reports.close()
    assert done == [0]
    done.clear()
    with pytest.raises(ValueError, match="wrong"):
        list(reports_of(run))
    assert done == [0, 1, 2]


def test_kept_epochs_say_what_was_turned(tmp_path: Path) -> None:
    training = live(tmp_path, logs=Logs(epochs=tmp_path / "run"))
    moments = training.moments()
    while training.now.done < 1:
        next(moments)
    training.change(learning_rate=0.02)
    for _ in moments:
        pass
    first, second = (read_card(path) or Card() for path in kept_epochs(tmp_path / "run").values())
    assert first.turned == ""
    assert "learning_rate=0.02" in second.turned
    assert second.learning_rate == pytest.approx(0.02)
