"""Top pictures against brute force: all maps kept, every value sorted."""

from itertools import pairwise

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.network import Network
from dlviz.scan import Scan
from dlviz.scan.top_responses import TopResponses
from dlviz_models.data import ArrayPictures, Pictures
from dlviz_models.errors import UserError


class ListedPictures(Pictures):
    """Pictures of several sizes."""

    def __init__(self, pictures: list[np.ndarray]) -> None:
        super().__init__("listed", None, None)
        self.pictures = pictures

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.pictures[index]

    def batch(self, start: int, stop: int) -> list[np.ndarray]:
        return self.pictures[start:stop]


def _network() -> Network:
    keras.utils.set_random_seed(3)
    inputs = keras.Input((12, 10, 1), name="pixels")
    x = layers.Conv2D(5, 3, activation="relu", name="conv")(inputs)
    x = layers.MaxPooling2D(2, name="pool")(x)
    return Network(keras.Model(inputs, layers.Dense(4, name="dense")(layers.Flatten(name="flat")(x))), "small")


def _pictures(n: int, levels: int = 256) -> ArrayPictures:
    values = np.random.default_rng(n).integers(0, levels, (n, 12, 10, 1)) * (255 // (levels - 1))
    return ArrayPictures("noise", values.astype(np.uint8))


def _brute_force(network: Network, pictures: Pictures, layer: str, k: int) -> list[list[tuple[float, int, int, int]]]:
    """Of each unit, (score, picture, row, column), best first, one a picture, ties in reading order."""
    x = network.feed_pictures([pictures[i] for i in range(len(pictures))])
    maps = np.asarray(keras.Model(network.model.input, network.model.get_layer(layer).output)(x))
    maps = maps.reshape(len(maps), *(maps.shape[1:3] if maps.ndim == 4 else (1, 1)), -1)
    answer = []
    for unit in np.moveaxis(maps, -1, 0):
        best = []
        for number, picture in enumerate(unit):
            score, place = max((v, -p) for p, v in enumerate(picture.flat))
            best.append((score, number, *divmod(-place, unit.shape[2])))
        answer.append(sorted(best, key=lambda b: (-b[0], b[1]))[:k])
    return answer


@pytest.mark.parametrize(("n", "levels"), [(1300, 256), (1300, 2), (60, 2), (5, 256)])
def test_equal_to_brute_force(n: int, levels: int) -> None:
    """Several batches with a partial last one; pictures of two grey levels, full of ties; fewer pictures than k."""
    network, pictures = _network(), _pictures(n, levels)
    scan = Scan(network, ("conv", "pool", "dense"), pictures, k=9)
    reports = list(scan.run())
    assert reports[-1].done == reports[-1].total == n
    for layer, responses in scan.top_responses.items():
        expected = _brute_force(network, pictures, layer, 9)
        assert responses.score.dtype == np.float32
        assert responses.index.dtype == responses.position.dtype == np.int64
        for unit, best in enumerate(expected):
            np.testing.assert_allclose(responses.score[unit], [b[0] for b in best], rtol=1e-5, atol=1e-5)
            assert responses.index[unit].tolist() == [b[1] for b in best]
            assert responses.position[unit].tolist() == [[b[2], b[3]] for b in best]


def test_layers_that_pass_on_what_others_give() -> None:
    """Units put one after another, a dropout after them, rows put below each other, and only one of two parts asked
    for."""
    keras.utils.set_random_seed(4)
    inputs = keras.Input((12, 10, 1), name="pixels")
    one = layers.Conv2D(3, 3, padding="same", activation="relu", name="one")(inputs)
    two = layers.Conv2D(2, 5, padding="same", name="two")(inputs)
    joined = layers.Concatenate(name="joined")([one, two])
    kept = layers.Dropout(0.5, name="kept")(joined)
    twice = layers.Concatenate(name="twice")([kept, two])
    below = layers.Concatenate(axis=1, name="below")([two, two])
    network = Network(keras.Model(inputs, [twice, below]), "joined")
    for asked in (["one", "two", "joined", "kept", "twice", "below"], ["kept", "twice", "two"], ["joined", "one"]):
        scan = Scan(network, asked, _pictures(30, 2), k=9)
        list(scan.run())
        for layer, responses in scan.top_responses.items():
            for unit, best in enumerate(_brute_force(network, scan.samples, layer, 9)):  # type: ignore[arg-type]
                assert responses.index[unit].tolist() == [b[1] for b in best]
                assert responses.position[unit].tolist() == [[b[2], b[3]] for b in best]


def test_ties_are_won_by_the_first_picture_and_the_first_place() -> None:
    model = keras.Sequential([keras.Input((12, 10, 1)), layers.Cropping2D(2), layers.Conv2D(5, 3, name="conv")])
    pictures = np.zeros((1100, 12, 10, 1), np.uint8)
    pictures[:, 0, :, 0] = (np.arange(1100)[:, None] >> np.arange(10)) & 255  # all differ where no unit looks
    scan = Scan(Network(model, "cropped"), ("conv",), ArrayPictures("dark", pictures), k=4)
    list(scan.run())
    responses = scan.top_responses["conv"]
    np.testing.assert_array_equal(responses.index, np.tile(np.arange(4), (5, 1)))
    np.testing.assert_array_equal(responses.position, 0)


def _updated(
    scores: np.ndarray, keys: np.ndarray, batch: int, k: int, start: int = 0, stop: int | None = None
) -> TopResponses:
    """The lists of samples start..stop-1, updated batch by batch; the position of each is its number."""
    found = TopResponses.empty(units=scores.shape[1], k=k, axes=1)
    stop = len(scores) if stop is None else stop
    for first in range(start, stop, batch):
        part = slice(first, min(first + batch, stop))
        found.update(
            scores[part],
            lambda sample, unit, first=first: (sample + first)[:, None],
            first,
            lambda rows, part=part: keys[part][rows],
        )
    return found


def _equal_to_sorting(found: TopResponses, scores: np.ndarray, keys: np.ndarray) -> None:
    firsts = np.sort(np.unique(keys, return_index=True)[1])
    for unit, of_unit in enumerate(scores.T):
        best = sorted(firsts, key=lambda i, of_unit=of_unit: (-of_unit[i], i))[: found.score.shape[1]]
        n = len(best)
        assert found.index[unit, :n].tolist() == found.position[unit, :n, 0].tolist() == best
        np.testing.assert_array_equal(found.score[unit, :n], of_unit[best])
        np.testing.assert_array_equal(found.index[unit, n:], -1)
        assert found.filled == n


@pytest.mark.parametrize("batch", [3, 7, 50])
@pytest.mark.parametrize("same", [1, 2, 60])
def test_lists_are_those_of_sorting_the_distinct(batch: int, same: int) -> None:
    """Batches smaller and larger than the lists, full of ties, responses of either sign, zeros of either sign, some
    minus infinity, samples that are equal to others near and far, and fewer distinct ones than places."""
    random = np.random.default_rng(0)
    keys = random.permutation(200 // same).astype(np.uint64)[np.arange(200) % (200 // same)]
    responses = random.integers(-3, 4, (200, 4)).astype(np.float32)
    responses[1::2] *= -1  # 0 becomes -0, which is equal
    responses[np.abs(responses) == 3] *= np.float32(np.pi)
    responses[responses < -9] = -np.inf
    scores = responses[keys.astype(int)]
    scores[:, 3] = -np.inf
    _equal_to_sorting(_updated(scores, keys, batch, 7), scores, keys)


def test_batches_enter_the_lists_together_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(4, 3, name="conv")]), "small")
    pictures = np.random.default_rng(2).integers(0, 3, (90, 6, 6, 1), np.uint8).repeat(2, axis=0)[1:]  # many twice
    found = []
    for together in (1, 50, 1000):
        monkeypatch.setattr("dlviz.scan.MIN_MERGED", together)
        monkeypatch.setattr("dlviz.scan.BATCH", 20)
        monkeypatch.setattr("dlviz.scan.AT_ONCE", 1)
        scan = Scan(network, ("conv",), ArrayPictures("noise", pictures), k=5)
        list(scan.run())
        found.append(scan.arrays())
    for name, array in found[0].items():
        np.testing.assert_array_equal(found[1][name], array)
        np.testing.assert_array_equal(found[2][name], array)


def test_merging_is_associative_and_comes_to_the_same_as_one_pass() -> None:
    random = np.random.default_rng(1)
    keys = random.integers(0, 60, 150).astype(np.uint64)
    scores = random.integers(0, 5, (60, 3)).astype(np.float32)[keys.astype(int)]
    bounds = (0, 40, 41, 120, 150)

    def parts() -> list[TopResponses]:
        return [_updated(scores, keys, 10, 6, *pair) for pair in pairwise(bounds)]

    left = parts()
    for other in left[1:]:
        left[0].merge(other)
    right = parts()
    for one, other in reversed(list(pairwise(right))):
        one.merge(other)
    for found in (left[0], right[0], _updated(scores, keys, 10, 6)):
        _equal_to_sorting(found, scores, keys)


def test_left_between_batches_and_taken_up_again() -> None:
    network, pictures = _network(), _pictures(4000)
    whole, halves = (Scan(network, ("conv",), pictures, k=3) for _ in range(2))
    list(whole.run())
    first = halves.run()
    next(first)
    first.close()
    assert not halves.complete
    list(halves.run())
    np.testing.assert_array_equal(halves.top_responses["conv"].index, whole.top_responses["conv"].index)
    np.testing.assert_array_equal(halves.top_responses["conv"].position, whole.top_responses["conv"].position)


def test_pictures_of_other_sizes_and_colours() -> None:
    rng = np.random.default_rng(0)
    sizes = [(12, 10, 1), (30, 20, 3), (12, 10, 3), (9, 9, 1)] * 5
    pictures = ListedPictures([rng.integers(0, 256, s).astype(np.uint8) for s in sizes])
    network = _network()
    scan = Scan(network, ("pool",), pictures, k=2)
    list(scan.run())
    expected = _brute_force(network, pictures, "pool", 2)
    assert scan.top_responses["pool"].index.tolist() == [[b[1] for b in best] for best in expected]


@pytest.mark.parametrize("n", [6, 7, 41])
def test_an_array_of_pictures_of_another_size(n: int) -> None:
    network, values = _network(), np.random.default_rng(n).integers(0, 256, (n, 15, 15, 1), np.uint8)
    pictures = ArrayPictures("large", values)
    scan = Scan(network, ("conv",), pictures, 3)
    list(scan.run())
    for unit, best in enumerate(_brute_force(network, pictures, "conv", 3)):
        np.testing.assert_allclose(scan.top_responses["conv"].score[unit], [b[0] for b in best], rtol=1e-5)
        assert scan.top_responses["conv"].index[unit].tolist() == [b[1] for b in best]


@pytest.mark.parametrize("mode", ["none", "unit", "tf", "torch", "caffe"])
def test_feeding_whole_arrays_changes_nothing(mode: str) -> None:
    network = Network(keras.Sequential([keras.Input((4, 4, 3)), layers.Conv2D(1, 3)]), mode=mode)
    pictures = np.random.default_rng(0).integers(0, 256, (7, 4, 4, 3)).astype(np.uint8)
    np.testing.assert_allclose(
        np.asarray(network.from_pixels(pictures)), network.feed_pictures(list(pictures)), atol=1e-5
    )


def test_the_network_is_traced_once_for_all_batches_and_once_for_those_that_are_fed_again() -> None:
    traced = []

    class Counting(layers.Layer):
        def call(self, x):
            traced.append(x.shape)
            return x

    model = keras.Sequential([keras.Input((12, 10, 1)), Counting(), layers.Conv2D(2, 3, name="conv")])
    network = Network(model)
    traced.clear()
    list(Scan(network, ("conv",), _pictures(1003), k=3).run())
    list(Scan(network, ("conv",), _pictures(1704), k=3).run())
    assert [shape[0] for shape in traced] == [125, 125]  # a quarter of a batch


def test_not_a_number() -> None:
    conv = layers.Conv2D(5, 3, name="conv")  # the ReLU of some processors' libraries makes 0 of NaN
    network = Network(keras.Sequential([keras.Input((12, 10, 1)), conv]), "small", mode="unit")
    conv.bias.assign([0, np.nan, 0, 0, 0])
    with pytest.raises(UserError, match="NaN to picture 0 of noise"):
        list(Scan(network, ("conv",), _pictures(3), k=2).run())


def test_nothing_to_scan() -> None:
    with pytest.raises(UserError, match="no pictures"):
        Scan(_network(), ("conv",), _pictures(0), k=2)
    with pytest.raises(UserError, match="Layer pixels of small has no units"):
        Scan(_network(), ("pixels",), _pictures(2), k=2)


@pytest.mark.parametrize(("mode", "scale"), [("none", 1), ("unit", 1 / 3), ("tf", None)])
def test_numbers_that_are_not_bytes_are_fed_as_one_by_one(mode: str, scale: float | None) -> None:
    """In the range 0..3 of their own: as they stand, or exactly brought to what the network wants."""
    values = (np.random.default_rng(0).random((50, 9, 9, 1)) * 3).astype(np.float32)
    model = keras.Sequential([keras.Input((9, 9, 1)), keras.layers.Conv2D(4, 3, name="c")])
    scan = Scan(Network(model, mode=mode), ("c",), ArrayPictures("x", values, range=(0, 3)), 5)
    list(scan.run())
    fed = values * scale if scale else values / 1.5 - 1
    responses = np.asarray(model(fed)).max(axis=(1, 2)).T  # (units, n)
    np.testing.assert_allclose(scan.top_responses["c"].score, -np.sort(-responses, axis=1)[:, :5], rtol=1e-5, atol=1e-6)
