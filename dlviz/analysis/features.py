"""The activations of a layer as features: linear probes, principal components and t-SNE.

G. Alain, Y. Bengio, Understanding intermediate layers using linear classifier probes, 2016, arXiv 1610.01644.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from dlviz.analysis.threads import one_thread
from dlviz.feeding.groups import groups
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.spacing import thinned
from dlviz_models.data.samples import Samples

MOST = 8192
"""Layers with more numbers are pooled to the mean and maximum of each unit's map."""
PRINCIPAL = 30
"""The number of principal components fed to t-SNE."""
CHUNK = 64
TRAIN_SHARE = 0.7
"""The share of the samples that probes are trained on."""
PENALTIES = tuple(10.0**k for k in range(-2, 6))
"""The penalties of ridge regression among which leave-one-out cross-validation chooses."""


def features(
    network: Network, layers: Sequence[str], samples: Samples
) -> Generator[Progress, None, dict[str, np.ndarray]]:
    """Return the features of all samples by layer, float32 (n, d) each."""
    function = network.function(tuple(layers))
    pooled = {name for name in layers if None in network.layers[name].shape}  # samples give maps of different sizes
    found: dict[str, list[np.ndarray]] = {name: [] for name in layers}
    total = len(samples)
    for start in range(0, total, CHUNK):
        chunk = [samples.sample(i) for i in range(start, min(start + CHUNK, total))]
        rows: dict[str, dict[int, np.ndarray]] = {name: {} for name in layers}
        for chosen, feeds in groups(network, chunk):
            for name, output in zip(layers, function(feeds), strict=True):
                maps = network.layouts[name].batch_of_maps(output)
                for row, sample in zip(_flat(np.asarray(maps, np.float32), name in pooled), chosen, strict=True):
                    rows[name][int(sample)] = row
        for name in layers:
            found[name] += [rows[name][i] for i in range(len(chunk))]
        yield Progress(min(start + CHUNK, total), total, f"features of {samples.name}")
    return {name: np.stack(rows) for name, rows in found.items()}


def layers_with_weights(network: Network, most: int) -> tuple[str, ...]:
    """The layers with weights and the output; at most `most`, evenly spaced."""
    names = [
        n for n, layer in network.layers.items()
        if layer.units and (layer.has_kernel or layer.recurrent or layer.attends or n == network.output)
    ]  # fmt: skip
    return thinned(names or list(network.visible), most)


def _flat(maps: np.ndarray, pooled: bool) -> np.ndarray:
    """Maps (n, *axes, units) as features (n, d): flattened, or pooled to the mean and maximum of each unit's map."""
    n, units = len(maps), maps.shape[-1]
    if not pooled and maps.size // n <= MOST:
        return maps.reshape(n, -1)
    flat = maps.reshape(n, -1, units)
    return np.concatenate([flat.mean(axis=1), flat.max(axis=1)], axis=1)


@one_thread
def probe_accuracy(x: np.ndarray, labels: np.ndarray, classifier: str, seed: int = 0) -> float:
    """The test accuracy of a linear classifier.

    Args:
        x: features (n, d).
        labels: class numbers (n,).
        classifier: `logistic` or `svm` (linear).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    train, test = split(len(labels), seed)
    kind = LogisticRegression(max_iter=500, C=0.1) if classifier == "logistic" else LinearSVC(C=0.01, dual="auto")
    model = make_pipeline(StandardScaler(), kind).fit(x[train], labels[train])
    return float(model.score(x[test], labels[test]))


@one_thread
def probe_r2(x: np.ndarray, numbers: np.ndarray, seed: int = 0) -> float:
    """The test R² of ridge regression from features (n, d) to numbers (n, k), averaged over k; negative if it is worse
    than the mean."""
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, test = split(len(numbers), seed)
    model = make_pipeline(StandardScaler(), RidgeCV(PENALTIES)).fit(x[train], numbers[train])
    return float(model.score(x[test], numbers[test]))


def split(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random indices of the training samples, (count,), and of the test samples, (n - count,)."""
    order = np.random.default_rng(seed).permutation(n)
    count = round(TRAIN_SHARE * n)
    return order[:count], order[count:]


@one_thread
def principal_components(x: np.ndarray) -> tuple[np.ndarray, float]:
    """The first two principal components of features (n, d), (n, 2), and the share of the variance they explain."""
    scores = _scores(x)
    variance = (scores**2).sum(axis=0)
    return scores[:, :2], float(variance[:2].sum() / max(variance.sum(), 1e-30))


@one_thread
def neighbour_map(x: np.ndarray, seed: int = 0) -> np.ndarray:
    """The t-SNE embedding (n, 2) of features (n, d).

    L. van der Maaten, G. Hinton, Visualizing data using t-SNE, JMLR 2008.
    """
    from sklearn.manifold import TSNE

    scores = _scores(x)[:, :PRINCIPAL]
    spread = float(scores[:, 0].std())
    if spread == 0:
        return np.zeros((len(x), 2))
    perplexity = min(30.0, max(2.0, (len(x) - 1) / 3))
    start = (scores[:, :2] / spread * 1e-4).astype(np.float32)
    found: np.ndarray = TSNE(perplexity=perplexity, init=start, random_state=seed).fit_transform(scores)
    return found


def _scores(x: np.ndarray) -> np.ndarray:
    """All principal components of features (n, d), (n, at least 2)."""
    u, s, _ = np.linalg.svd(x.astype(np.float64) - x.mean(axis=0), full_matrices=False)
    scores: np.ndarray = u * s
    return scores if scores.shape[1] > 1 else np.pad(scores, ((0, 0), (0, 1)))
