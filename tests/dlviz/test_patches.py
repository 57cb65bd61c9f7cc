"""The views of top patches and of one unit, as the command line and the window run them."""

from collections.abc import Iterator

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.analysis.surgery import apply_changes
from dlviz.api import show
from dlviz.network import Network
from dlviz.panels.patch_tiles import cut, grey_at_zero
from dlviz.progress import Progress
from dlviz.sheet import Bars, Image, Sheet, Tiles
from dlviz.view import Scene
from dlviz.views.patches import Patches
from dlviz.views.unit import Unit
from dlviz_models.data import ArrayPictures
from dlviz_models.data.samples import Picture
from dlviz_models.errors import UserError
from tests.scenes import scene_of

PICTURES = np.random.default_rng(0).integers(0, 256, (700, 16, 16, 3)).astype(np.uint8)


@pytest.fixture
def scene() -> Scene:
    keras.utils.set_random_seed(4)
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Conv2D(6, 3, padding="same", activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(5, 3, activation="relu", name="deep"),
            layers.Flatten(),
            layers.Dense(10, name="logits"),
        ]
    )
    labels = np.arange(700) % 10
    data = ArrayPictures("noise", PICTURES, labels, tuple("abcdefghij"))
    return scene_of(Network(model, "small"), "deep", samples=[Picture(PICTURES[3], name="noise:3")], data=data)


def _last(sheets: Iterator[Progress | Sheet]) -> Sheet:
    last = list(sheets)[-1]
    assert isinstance(last, Sheet)
    return last


@pytest.mark.parametrize(("layer", "outside"), [("conv", True), ("logits", False)])
def test_grey_beside_the_picture_is_explained_where_it_is(scene: Scene, layer: str, outside: bool) -> None:
    """Padding lets a field of 3 by 3 reach over the border; a dense layer sees the whole picture."""
    sheet = _last(Patches().run(Scene({**scene.given, "layer": layer})))
    height, width = (3, 3) if layer == "conv" else (16, 16)
    box = sheet.arrays["box"]
    is_cut = (box[..., 2] - box[..., 0] < height) | (box[..., 3] - box[..., 1] < width)
    assert is_cut.any() == outside == ("plain grey: outside the picture" in sheet.summary)


def test_arrays_as_promised(scene: Scene) -> None:
    """The keys, types and shapes of the raw arrays; each score is what the network answers at that place."""
    arrays = _last(Patches(per_unit=4, reconstruct="deconv").run(scene)).arrays
    types = {name: (arrays[name].dtype, arrays[name].shape) for name in arrays}
    assert types == {
        "unit": (np.int64, (5,)),
        "score": (np.float32, (5, 4)),
        "index": (np.int64, (5, 4)),
        "position": (np.int64, (5, 4, 2)),
        "box": (np.int64, (5, 4, 4)),
        "reconstruction": (np.float32, (5, 4, 16, 16, 3)),
    }
    model = scene.network.model
    maps = np.asarray(keras.Model(model.inputs[0], model.get_layer("deep").output)(PICTURES / np.float32(255)))
    for unit in range(5):
        best = maps[..., unit].max(axis=(1, 2))
        np.testing.assert_allclose(arrays["score"][unit], np.sort(best)[::-1][:4], rtol=1e-5)
        rows, columns = arrays["position"][unit].T
        np.testing.assert_allclose(maps[arrays["index"][unit], rows, columns, unit], arrays["score"][unit], rtol=1e-5)
    rows, columns = np.moveaxis(arrays["position"], -1, 0)
    top, left = np.maximum(2 * rows - 1, 0), np.maximum(2 * columns - 1, 0)
    bottom, right = np.minimum(2 * rows + 7, 16), np.minimum(2 * columns + 7, 16)
    np.testing.assert_array_equal(arrays["box"], np.stack([top, left, bottom, right], axis=-1))
    for place in np.ndindex(5, 4):
        outside = arrays["reconstruction"][place].copy()
        field = np.s_[top[place] : bottom[place], left[place] : right[place]]
        assert np.abs(outside[field]).max() > 0
        outside[field] = 0
        assert not outside.any()  # nothing goes back to what the unit does not see


def test_tiles(scene: Scene) -> None:
    sheet = _last(Patches(per_unit=3, reconstruct="guided", shown=2).run(scene))
    (tiles,) = sheet.panels
    assert isinstance(tiles, Tiles)
    assert tiles.row_labels == ("unit 0", "guided", "unit 1", "guided")
    assert tiles.columns == 3
    assert tiles.keys == (0,) * 6 + (1,) * 6
    assert len(tiles.images) == 12
    number = int(sheet.arrays["index"][0, 0])
    assert tiles.captions[0].endswith(f"#{number} ({'abcdefghij'[number % 10]})")
    np.testing.assert_array_equal(tiles.images[0], cut(PICTURES[number], sheet.arrays["box"][0, 0], (8, 8)))
    assert sheet.arrays["score"].shape == (5, 3)


def test_the_scan_is_kept(scene: Scene) -> None:
    first = list(Patches().run(scene))
    assert isinstance(first[0], Progress)
    for again in (Patches(per_unit=2), Patches(shown=1)):
        assert len(list(again.run(scene))) == 1
    sent_back = list(Patches(reconstruct="deconv").run(scene))
    assert all(not (isinstance(s, Progress) and "scanning" in s.message) for s in sent_back)
    sheets = list(Unit().run(scene))
    assert all(not (isinstance(s, Progress) and "scanning" in s.message) for s in sheets)


def test_chosen_units_and_vectors(scene: Scene) -> None:
    dense = scene_of(scene.network, "logits", units=(7, 2), data=scene.data)
    sheet = _last(Patches(per_unit=2).run(dense))
    assert sheet.arrays["unit"].tolist() == [7, 2]
    assert sheet.arrays["box"].tolist() == [[[0, 0, 16, 16]] * 2] * 2
    assert not sheet.arrays["position"].any()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("off=deep:1",), "Unit 1 is off, so it never responds. "),
        (("off=deep:1", "off=deep:3", "off=conv:0"), "Units 1 and 3 are off, so they never respond. "),
    ],
)
def test_units_that_are_switched_off_are_said_first_and_at_their_patches(
    scene: Scene, changes: tuple[str, ...], said: str
) -> None:
    changed = Scene({**scene.given, "network": apply_changes(scene.network, changes)})
    sheet = _last(Patches().run(changed))
    assert sheet.summary.startswith(f"{said}The pictures")
    assert sheet.summary.count("never respond") == 1
    (tiles,) = sheet.panels
    off = {int(change.rpartition(":")[2]) for change in changes if "deep" in change}
    assert tiles.row_labels == tuple(f"unit {unit}: off" if unit in off else f"unit {unit}" for unit in range(5))
    unit = _last(Unit().run(scene_of(changed.network, "deep", units=(1,), samples=scene.samples, data=scene.data)))
    assert unit.summary.startswith("Unit 1 is off, so it never responds. ")


def test_one_unit(scene: Scene) -> None:
    """The weights and the map are there before anything is scanned; the loudest unit is chosen."""
    sheets = list(Unit(per_unit=5).run(scene))
    assert isinstance(sheets[0], Sheet)
    weights, image = sheets[0].panels
    assert isinstance(weights, Tiles)
    assert len(weights.images) == 6
    assert isinstance(image, Image)
    assert image.heat is not None
    assert image.heat.shape == (16, 16)
    assert image.heat.max() == pytest.approx(1)
    answer = scene.network.activations(scene.network.feed(scene.samples))["deep"]
    unit = int(answer.max(axis=(0, 1)).argmax())
    last = sheets[-1]
    assert isinstance(last, Sheet)
    assert last.arrays["unit"].tolist() == [unit]
    np.testing.assert_allclose(last.arrays["activation"], answer[..., unit], atol=1e-5)
    every = _last(Patches(per_unit=5, reconstruct="deconv").run(scene)).arrays
    for key in ("score", "index", "position", "box", "reconstruction"):
        np.testing.assert_allclose(last.arrays[key], every[key][[unit]], atol=1e-6)


def test_weights_that_have_no_place_are_bars(scene: Scene) -> None:
    model = keras.Sequential([keras.Input((16, 16, 3)), layers.Flatten(), layers.Dense(7), layers.Dense(4, name="out")])
    sheets = Unit(per_unit=2).run(scene_of(Network(model, "dense"), "out", (2,), scene.samples, scene.data))
    first = next(sheet for sheet in sheets if isinstance(sheet, Sheet))
    assert isinstance(first.panels[0], Bars)
    np.testing.assert_array_equal(first.panels[0].values, model.layers[-1].get_weights()[0][:, 2])


def test_one_unit_of_a_layer_without_weights(scene: Scene) -> None:
    sheet = _last(
        Unit(per_unit=2, reconstruct="none", samples_used=50, shows="patches").run(
            scene_of(scene.network, "pool", (1,), scene.samples, scene.data)
        )
    )
    assert len(sheet.panels) == 2
    assert np.isin(sheet.arrays["index"], np.linspace(0, 699, 50).round()).all()  # of all classes, under their numbers


def test_too_much_to_reconstruct(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.analysis.reconstruct.MOST_BYTES", 1000)
    with pytest.raises(UserError, match=r"choose some units \(--unit\)"):
        list(Patches(reconstruct="deconv").run(scene))


def test_cut_at_the_border() -> None:
    """The missing side of a field is grey; a field that is larger than the picture holds it in its middle."""
    image = np.full((20, 20, 1), 255, np.uint8)
    corner = cut(image, np.array([0, 14, 4, 20]), (8, 8))[::6, ::6, 0]
    assert (corner[4:, :6] == 255).all()
    assert (corner == 127).sum() == 64 - 24
    assert cut(image, np.array([0, 0, 0, 0]), (4, 4)).max() == 127
    assert cut(np.zeros((300, 200, 3), np.uint8), np.array([0, 0, 300, 200]), (300, 200)).shape == (96, 64, 3)


def test_the_strongest_units_stand_first_where_that_is_asked_for(scene: Scene) -> None:
    sheet, plain = (_last(Patches(per_unit=2, order_by=order).run(scene)) for order in ("strongest", "number"))
    peaks = plain.arrays["score"][:, 0]
    (tiles,) = sheet.panels
    assert isinstance(tiles, Tiles)
    assert list(dict.fromkeys(tiles.keys)) == list(np.argsort(-peaks, kind="stable"))
    np.testing.assert_array_equal(sheet.arrays["score"], plain.arrays["score"])


def test_one_strong_pixel_does_not_leave_what_is_sent_back_grey():
    signal = np.zeros((40, 40, 1))
    signal[10:30, 10:30] = 1
    signal[20, 20] = -1000
    shown = grey_at_zero(signal)
    assert (shown[15, 15], shown[20, 20], shown[0, 0]) == (255, 0, 128)


def test_units_shown_are_counted_among_all_of_the_layer():
    sheet = show("patches", "lenet5", layer="conv2", data="digits", limit=20, units=range(12), shown=4)
    assert "Units 0-3 of 16 are shown." in sheet.summary
