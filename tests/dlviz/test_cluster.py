"""Shards that a Dask cluster scans: the same numbers as one pass, and refusals in a sentence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlviz.api import index
from dlviz.engine import cluster
from dlviz.engine.cluster import on_cluster
from dlviz.jobs import BuildIndex
from dlviz.progress import Progress
from dlviz.session import Session
from dlviz_models.errors import UserError

distributed = pytest.importorskip("distributed")
ASKED = BuildIndex("lenet5", "digits", ("conv1", "dense1"), per_unit=3, limit=1000)


@pytest.fixture
def client():
    """Three workers in this process, where TensorFlow is loaded already."""
    with distributed.Client(processes=False, n_workers=3, threads_per_worker=1, dashboard_address=None) as found:
        yield found


def test_what_the_workers_find_is_bit_for_bit_what_one_pass_finds(client, tmp_path: Path, monkeypatch):
    how = {"layers": ASKED.layers, "per_unit": 3, "limit": 1000}
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path / "one"))
    alone = index("lenet5", "digits", **how)
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path / "many"))
    steps: list[Progress] = []
    together = index("lenet5", "digits", **how, cluster=client, progress=steps.append)
    assert (steps[-1].done, steps[-1].total) == (3, 3)
    for layer, found in alone.items():
        for field in ("score", "index", "position"):
            np.testing.assert_array_equal(getattr(together[layer], field), getattr(found, field))
    assert Session().index(ASKED).complete


def test_what_a_worker_cannot_read_or_reads_otherwise_is_said(client, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path))
    here = Session().index(ASKED)
    with pytest.raises(UserError, match=r"Unknown data /nowhere.npz; .*On a worker of the cluster, which reads files"):
        list(on_cluster(here, replace(ASKED, data="/nowhere.npz"), client))
    with pytest.raises(UserError, match="was scanned with another network or other data than lenet5 and digits here"):
        list(on_cluster(here, replace(ASKED, changes=("off=conv1:0",)), client))


def test_a_cluster_that_does_not_answer_is_said(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path))
    monkeypatch.setattr(cluster, "PATIENCE", "50ms")
    with pytest.raises(UserError, match="No Dask scheduler answers at tcp"):
        index("lenet5", "digits", layers=ASKED.layers, limit=100, cluster="tcp://127.0.0.1:9")
