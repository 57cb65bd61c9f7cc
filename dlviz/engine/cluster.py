"""An index whose shards are scanned by the workers of a Dask cluster; what they find comes back through its futures, so
that no folder is shared. The network and the data are read by the workers themselves, under the same path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np

from dlviz.jobs import BuildIndex
from dlviz.progress import Progress
from dlviz.scan.index import Index
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras

LOOK = 0.2
"""Seconds between two looks at which shards are done."""
PATIENCE = "10s"
"""How long a scheduler may take to answer."""

_one_at_a_time = Lock()
"""A worker's threads would only share the cores that one scan uses."""


def on_cluster(index: Index, asked: BuildIndex, cluster: Any) -> Iterator[Progress]:
    """Scan as many shards as the cluster has workers, and merge what they find.

    Args:
        cluster: the address of its scheduler, such as "tcp://10.0.0.1:8786", or a `distributed.Client`.

    Raises:
        UserError: Dask is not installed, the cluster does not answer or has no workers, or one of them cannot read
            what is asked for.
    """
    if index.complete:
        return
    with _client(cluster) as client:
        from distributed import wait

        count = len(client.scheduler_info(n_workers=-1)["workers"])
        if not count:
            raise UserError("The Dask cluster has no workers: start some with `dask worker ADDRESS`.")
        shards = [(number, count) for number in range(1, count + 1)]
        running = {client.submit(scanned, replace(asked, shard=shard), pure=False): shard for shard in shards}
        try:
            while running:
                with suppress(TimeoutError):
                    wait(list(running), LOOK, "FIRST_COMPLETED")
                for future in [each for each in running if each.done()]:
                    index.add_shard(running.pop(future), *_result(future))
                yield Progress(count - len(running), count, "shards scanned on the cluster")
        finally:
            client.cancel(list(running))
    index.merge(count)


def scanned(asked: BuildIndex) -> tuple[dict[str, np.ndarray], str]:
    """What a worker finds in the shard that is asked for: the lists of its scan, of any shape, by name, and the
    fingerprint of what it read."""
    with _one_at_a_time:
        load_keras(for_views=True)
        from dlviz.session import Session

        index = Session().index(asked, keeps=False)
        scan = index.shard(asked.shard)
        for _ in scan.run():
            pass
        return scan.arrays(), index.fingerprint


def _result(future: Any) -> tuple[dict[str, np.ndarray], str]:
    """What a worker has found, or in one sentence why it could not."""
    try:
        return future.result()
    except UserError as error:
        raise UserError(
            f"{error} (On a worker of the cluster, which reads files itself, under the same path.)"
        ) from None
    except ImportError as error:
        raise UserError(f"A worker of the cluster cannot import {error.name}: install dlviz there as well.") from None


@contextmanager
def _client(cluster: Any) -> Iterator[Any]:
    """A client of the cluster, closed again where it was opened here."""
    try:
        from distributed import Client
    except ImportError as error:
        raise UserError("A cluster needs Dask: install it with `pip install dlviz-toolkit[dask]`.") from error
    if not isinstance(cluster, str):
        yield cluster
        return
    try:
        client = Client(cluster, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise UserError(
            f"No Dask scheduler answers at {cluster[:100]}: start one with `dask scheduler`, which says its address."
        ) from error
    with client:
        yield client
