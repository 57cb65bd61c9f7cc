"""Similarity of the representations of two networks: linear centred kernel alignment (CKA) of each pair of layers.

[1] S. Kornblith, M. Norouzi, H. Lee, G. Hinton, Similarity of neural network representations revisited, 2019,
    arXiv 1905.00414.
[2] T. Nguyen, M. Raghu, S. Kornblith, Do wide and deep networks learn the same things?, 2021, arXiv 2010.15327,
    section 3: minibatch CKA from an unbiased estimator of HSIC, independent of the batch size.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from dlviz.analysis.features import features
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError

BATCH, LEAST = 128, 4
"""The batch size, and the minimum number of samples for the estimator."""


def linear_cka(
    one: tuple[Network, Sequence[str]], other: tuple[Network, Sequence[str]], data: Samples
) -> Generator[Progress, None, np.ndarray]:
    """Return the CKA of each layer of one network with each of another, (layers, other layers), at most about 1; NaN
    for a layer with constant outputs.

    Args:
        one, other: a network and the names of its layers.

    Raises:
        UserError: there are too few samples.
    """
    if len(data) < LEAST:
        raise UserError(f"{data.name} has {len(data)} samples, too few for a comparison: choose {LEAST} or more.")
    products = np.zeros((len(one[1]), len(other[1])))
    norms = np.zeros(len(one[1])), np.zeros(len(other[1]))
    for start in range(0, len(data) - LEAST + 1, BATCH):
        numbers = np.arange(start, min(start + BATCH, len(data)))
        batch = data.select(numbers)
        grams = []
        for network, layers in (one, other):
            found = yield from features(network, layers, batch)
            grams.append(np.stack([centred_products(found[layer]).ravel() for layer in layers]))  # (layers, m * m)
        scale = 1 / (len(numbers) * (len(numbers) - 3))
        products += scale * grams[0] @ grams[1].T
        for norm, gram in zip(norms, grams, strict=True):
            norm += scale * (gram**2).sum(axis=1)
        yield Progress(int(numbers[-1]) + 1, len(data), f"comparing representations of {data.name}")
    lengths = np.sqrt(np.outer(*norms))
    return np.divide(products, lengths, out=np.full_like(products, np.nan), where=lengths > 0)


def centred_products(x: np.ndarray) -> np.ndarray:
    """The U-centred Gram matrix (m, m) of features (m, d): the sum of the elementwise product of two such matrices,
    divided by m (m - 3), is the unbiased estimator of HSIC ([2], equation 3)."""
    m = len(x)
    x = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    products = x @ x.T
    np.fill_diagonal(products, 0)
    rows = products.sum(axis=1, keepdims=True) / (m - 2)
    products += rows.sum() / (m - 1) - rows - rows.T
    np.fill_diagonal(products, 0)
    return products
