"""Training by two processes that divide each batch: the same weights on both, and those of one process alone."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz_models.data import open_data
from dlviz_models.errors import UserError
from dlviz_models.training import compiled_epoch
from dlviz_models.training.distribution import Cluster, read_cluster, train_distributed
from dlviz_models.training.train import train

HOW = {"epochs": 2, "batch": 28, "limit": 100, "options": {"hidden": "8"}}
"""90 pictures to train on: three whole batches, 14 pictures for each of two workers, and one of 6."""

WORKER = """
import functools, json, sys
import numpy as np
from dlviz_models.keras_settings import load_keras
load_keras()
from dlviz_models.training import distribution
from dlviz_models.data import open_data

kept = []
class Workers(distribution.Workers):
    def build(self, make):
        kept.append(super().build(make))
        return kept[-1]

def stop(state):
    if state.done > 1.9:
        raise KeyboardInterrupt

distribution.Workers = Workers
distribution._strategy = functools.cache(distribution._strategy)
out, weights, how = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
train = functools.partial(distribution.train_distributed, "mlp", open_data("digits"), out, **how)
try:
    train(progress=stop)
except KeyboardInterrupt:
    result = train(resume=True)
np.savez(weights, *kept[-1].get_weights())
print(json.dumps([result.accuracy, result.loss, result.out, result.device]))
"""


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return ports


def test_two_workers_learn_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted in the second epoch and gone on with, of which only the first worker has the file."""
    monkeypatch.setattr(compiled_epoch, "applies", lambda: False)  # plain model.fit draws the same batches
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    processes = []
    for index in range(2):
        (tmp_path / f"machine{index}").mkdir()
        config = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        words = [tmp_path / f"machine{index}" / "net.keras", tmp_path / f"weights{index}.npz", json.dumps(HOW)]
        environment = {**os.environ, "TF_CONFIG": json.dumps(config), "PYTHONPATH": os.pathsep.join(sys.path)}
        processes.append(
            subprocess.Popen([sys.executable, "-c", WORKER, *words], env=environment, stdout=subprocess.PIPE, text=True)
        )
    alone = train("mlp", open_data("digits"), tmp_path / "alone.keras", **HOW)
    answers = [json.loads(process.communicate(timeout=200)[0].splitlines()[-1]) for process in processes]

    assert [os.listdir(tmp_path / f"machine{index}") for index in range(2)] == [["net.keras"], []]
    assert answers[0][:2] == answers[1][:2] == pytest.approx([alone.accuracy, alone.loss], rel=1e-4)
    assert [answer[2] for answer in answers] == [str(tmp_path / "machine0" / "net.keras"), ""]
    assert answers[0][3] == "2 x cpu:0"
    first, second = (list(np.load(tmp_path / f"weights{index}.npz").values()) for index in range(2))
    written = keras.saving.load_model(tmp_path / "machine0" / "net.keras").get_weights()
    expected = keras.saving.load_model(tmp_path / "alone.keras").get_weights()
    for one, other, of_file, alone_has in zip(first, second, written, expected, strict=True):
        assert np.array_equal(one, other)
        assert np.array_equal(one, of_file)
        np.testing.assert_allclose(one, alone_has, rtol=1e-4, atol=1e-6)


def config(**changes: object) -> str:
    good = {"cluster": {"worker": ["a:2000", "10.0.0.2:2000", "[::1]:80"]}, "task": {"type": "worker", "index": 1}}
    return json.dumps({**good, **changes})


def test_cluster_read() -> None:
    assert read_cluster(config()) == Cluster(("a:2000", "10.0.0.2:2000", "[::1]:80"), 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("worker", "is not JSON"),
        ("[]", 'lacks a "cluster"'),
        (config(cluster={"worker": []}), 'lacks a "cluster"'),
        (config(cluster={"worker": ["a:1"], "ps": ["b:1"]}), "and of nothing else"),
        (config(cluster={"worker": ["a"]}), "has the worker a, which is not host:port"),
        (config(cluster={"worker": ["a:1", "a:1"]}), "names a worker twice"),
        (config(task={"type": "worker", "index": 3}), "index 0..2"),
        (config(task={"type": "chief", "index": 0}), "of type worker"),
        (config(task=None), 'needs a "task"'),
    ],
)
def test_wrong_cluster_is_one_sentence(text: str, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UserError, match=f"TF_CONFIG.*{says}.*docs/distributed.md"):
        train_distributed("mlp", open_data("digits"), tmp_path / "net.keras")


def test_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(UserError, match="found 0 GPU here and no TF_CONFIG"):
        train_distributed("mlp", open_data("digits"), tmp_path / "net.keras")
    with pytest.raises(UserError, match="cannot be divided; leave --distribute off"):
        train_distributed("dbn", open_data("digits"), tmp_path / "net.keras")
