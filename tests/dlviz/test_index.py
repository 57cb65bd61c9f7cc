"""The index against brute force and against scans without it; left, killed, sharded and taken up again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

import dlviz
from dlviz import cache_keys
from dlviz.__main__ import main
from dlviz.cache import Entry
from dlviz.cache_keys import digest
from dlviz.cli.bar import TenthLines
from dlviz.jobs import BuildIndex, Request
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.scan.content_keys import content_key, keys_of
from dlviz.scan.index import Index
from dlviz.scan.top_responses import TopResponses
from dlviz.session import Session
from dlviz_models.data import ArrayPictures
from dlviz_models.data.samples import ListedSamples, Sound, Text
from dlviz_models.errors import UserError

N, K = 2300, 5


class Counting(ArrayPictures):
    """Pictures that count how many of them were read in batches."""

    read = 0

    def batch(self, start: int, stop: int) -> np.ndarray:
        self.read += stop - start
        return super().batch(start, stop)


@pytest.fixture(scope="module")
def network() -> Network:
    keras.utils.set_random_seed(3)
    inputs = keras.Input((12, 10, 1), name="pixels")
    x = layers.Conv2D(5, 3, activation="relu", name="conv")(inputs)
    x = layers.MaxPooling2D(2, name="pool")(x)
    return Network(keras.Model(inputs, layers.Dense(4, name="dense")(layers.Flatten(name="flat")(x))), "small")


@pytest.fixture
def pictures() -> Counting:
    """A tenth of them occurs twice, near and far."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (N, 12, 10, 1), np.uint8)
    again = random.permutation(N)[: N // 5]
    pixels[again[::2]] = pixels[again[1::2]]
    return Counting("noise", pixels)


@pytest.fixture
def index(network: Network, pictures: Counting, tmp_path: Path) -> Callable[[], Index]:
    """An index that is opened anew."""

    def entry(*what: object) -> Entry:
        return Entry(tmp_path, digest(*what))

    return lambda: Index(network, pictures, (), K, entry)


def _same_bits(found: dict[str, TopResponses], other: dict[str, TopResponses]) -> None:
    assert found.keys() == other.keys()
    for layer, responses in found.items():
        for field in ("score", "index", "position", "key"):
            np.testing.assert_array_equal(getattr(responses, field), getattr(other[layer], field))


def _brute_force(network: Network, pictures: ArrayPictures) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Of each layer the scores (units, K) and sample numbers, one of each distinct picture."""
    firsts = np.sort(np.unique(pictures.pictures.reshape(N, -1), axis=0, return_index=True)[1])
    x = network.feed_pictures(pictures.pictures[firsts])
    for layer in network.model.layers[1:]:
        maps = np.asarray(keras.Model(network.model.input, layer.output)(x))
        best = maps.reshape(len(maps), -1, maps.shape[-1]).max(axis=1).T  # (units, n)
        order = np.argsort(-best, axis=1, kind="stable")[:, :K]
        yield layer.name, np.take_along_axis(best, order, axis=1), firsts[order]


def test_every_unit_of_every_layer_as_brute_force_has_it(network: Network, pictures: Counting, index: Callable) -> None:
    built = index()
    reports = list(built.build())
    assert built.complete
    assert reports[-1] == Progress(N, N, "scanning noise")
    for layer, score, numbers in _brute_force(network, pictures):
        found = built.top_responses[layer]
        np.testing.assert_allclose(found.score, score, rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(found.index, numbers)


def test_left_at_any_batch_and_taken_up_there(pictures: Counting, index: Callable, tmp_path: Path) -> None:
    whole = index()
    list(whole.build())
    expected = whole.top_responses
    for path in tmp_path.glob("*.entry"):
        path.unlink()
    pictures.read = 0
    while not index().complete:  # each time by another process, as far as the files tell
        steps = index().build()
        report = next(steps, None)
        steps.close()
        if report and report.done < N:
            assert all((found.index[:, 0] >= 0).all() for found in index().top_responses.values())
    again = 9 * 64 * K  # winners may be looked at once more
    assert N <= pictures.read <= N + again
    _same_bits(index().top_responses, expected)


def test_shards_come_to_the_same_bits_as_one_pass(index: Callable, tmp_path: Path) -> None:
    whole = index()
    list(whole.build())
    expected = whole.top_responses
    for shards in (2, 3, 40):  # also more of them than there are batches
        for path in tmp_path.glob("*.entry"):
            path.unlink()
        for number in reversed(range(1, shards + 1)):
            list(index().build((number, shards)))
            assert not index().complete
        merged = index()
        merged.merge(shards)
        assert merged.complete
        assert index().complete
        _same_bits(index().top_responses, expected)


def test_what_is_missing_is_named(index: Callable) -> None:
    list(index().build((2, 4)))
    with pytest.raises(UserError, match="3 shards of 4 are not complete: build 1, 3, 4 first"):
        index().merge(4)


# -- views -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "settings"), [("patches", {}), ("patches", {"per_unit": 3}), ("unit", {"reconstruct": "none"})]
)
def test_views_take_an_index_and_show_the_same(
    view: str, settings: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(view, "lenet5", layer="conv2", data="digits", limit=200, settings=settings)

    def looked() -> tuple[int, dict[str, np.ndarray]]:
        """How often a scan made progress, and the arrays."""
        values = list(Session().show(request))
        scans = [v for v in values if isinstance(v, Progress) and v.message.startswith("scanning")]
        return len(scans), values[-1].arrays

    monkeypatch.setenv("DLVIZ_CACHE", "")
    scans, without = looked()
    assert scans
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path))
    assert main(["index", "lenet5", "--data", "digits", "--limit", "200"]) == 0
    scans, indexed = looked()
    assert not scans
    assert without.keys() == indexed.keys()
    for name, array in without.items():
        np.testing.assert_allclose(indexed[name], array, rtol=1e-5, err_msg=name)


def test_a_view_goes_on_where_an_unfinished_index_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path))
    steps = Session().index(BuildIndex("lenet5", "digits/train")).build()
    half = next(steps).done
    steps.close()
    assert half < 5000
    shown = Session().show(Request("patches", "lenet5", layer="conv2", data="digits/train"))
    first = next(value for value in shown if isinstance(value, Progress))
    assert first.done > half


# -- command line and Python -----------------------------------------------------------------------------------------


def test_python_has_each_distinct_text_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path))
    reports: list[Progress] = []
    layer = dlviz.open_model("motifs").first_kernel
    found = dlviz.index("motifs", "motifs", layers=[layer], per_unit=3, limit=40, progress=reports.append)
    assert reports[-1].done == 40
    assert found[layer].score.shape[1] == 3
    again = dlviz.index("motifs", "motifs", layers=[layer], per_unit=3, limit=40, progress=reports.clear)
    assert reports
    _same_bits(found, again)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--layer", "nowhere"], "no layer nowhere"),
        (["--shard", "3/2"], "part such as 2/8"),
        (["--merge", "2"], "1, 2"),
    ],
)
def test_refused_in_one_sentence(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path))
    assert main(["index", "lenet5", "--data", "digits", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_without_a_terminal_each_tenth_is_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = TenthLines("index")
    for done in (100, 250, 299, 300, 1000):
        lines(done, 1000, f"{done:,} of 1,000 samples")
    assert [line.partition(" of")[0] for line in capsys.readouterr().err.splitlines()] == [
        "index: 250", "index: 300", "index: 1,000",
    ]  # fmt: skip


def test_what_could_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache_keys, "CLOCK", -60)  # files that have just been changed count as old
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.fromarray(np.arange(784, dtype=np.uint8).reshape(28, 28)).save(folder / "good.png")
    (folder / "empty.png").touch()
    assert main(["index", "lenet5", "--data", str(folder)]) == 0
    assert "empty.png" in capsys.readouterr().out


def test_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DLVIZ_CACHE", "")
    assert main(["index", "lenet5", "--data", "digits"]) == 2
    assert "cannot be kept" in capsys.readouterr().err


def test_two_processes_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path))
    assert main(["index", "lenet5", "--data", "digits", "--layer", "conv1", "--workers", "2"]) == 0
    assert "1,000 samples of digits for each of 6 units in 1 layer" in capsys.readouterr().out
    assert Session().index(BuildIndex("lenet5", "digits", ("conv1",))).complete


def test_a_batch_of_arrays_has_the_keys_of_each_array() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 3), np.uint8)
    pictures[4] = pictures[1]
    rows = np.array([4, 1, 0, 5])
    for batch in (pictures, pictures[:, ::2], pictures.astype(np.float32)):
        keys = keys_of(batch)(rows)
        assert keys.tolist() == [content_key(batch[row]) for row in rows]
        assert keys[0] == keys[1]
        assert len(set(keys.tolist())) == 3


def test_texts_and_sounds_have_keys_of_their_own() -> None:
    sounds = [Sound(np.array([0.5, value], np.float32)) for value in (0, 0.25)]
    sets = [
        ListedSamples("a", "text", [Text("to be")]),
        ListedSamples("a", "text", [Text("to")]),
        ListedSamples("a", "sound", sounds),
        ListedSamples("a", "sound", sounds[:1]),
    ]
    assert len({cache_keys.of_pictures(samples, 0) for samples in sets}) == len(sets)
    same = ListedSamples("b", "text", [Text("to be", name="other", target=3)])
    assert cache_keys.of_pictures(same, 0) == cache_keys.of_pictures(sets[0], 0)
