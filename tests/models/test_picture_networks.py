"""AlexNet, ZFNet, VGG and ResNet: the shapes and numbers of weights that the papers and others report."""

import keras
import numpy as np
import pytest

from dlviz_models.errors import UserError
from dlviz_models.networks import network


def shapes(model: keras.Model) -> dict[str, tuple[int, ...]]:
    return {layer.name: layer.output.shape[1:] for layer in model.layers}


def trainable(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.usefixtures("no_memory")
def test_alexnet_has_the_papers_layers() -> None:
    model = network("alexnet").build()
    expected = {
        "conv1": (55, 55, 96), "norm1": (55, 55, 96), "pool1": (27, 27, 96),
        "conv2": (27, 27, 256), "norm2": (27, 27, 256), "pool2": (13, 13, 256),
        "conv3": (13, 13, 384), "conv4": (13, 13, 384), "conv5": (13, 13, 256), "pool3": (6, 6, 256),
        "dense1": (4096,), "dropout1": (4096,), "dense2": (4096,), "dropout2": (4096,), "logits": (1000,),
    }  # fmt: skip
    assert {name: shapes(model)[name] for name in expected} == expected
    assert list(expected) == [layer.name for layer in model.layers if layer.name in expected]
    kernels = {"conv1": (11, 11, 3, 96), "conv2": (5, 5, 48, 256), "conv3": (3, 3, 256, 384), "conv4": (3, 3, 192, 384)}
    assert {name: model.get_layer(name).kernel.shape for name in kernels} == kernels
    assert model.get_layer("dropout1").rate == 0.5
    norm = model.get_layer("norm1")
    assert (norm.size, norm.bias, norm.alpha, norm.beta) == (5, 2, 1e-4, 0.75)
    assert network("alexnet").build(groups=1).count_params() == 62_378_344


def test_groups_see_half_of_the_maps() -> None:
    model = network("alexnet").build(input_shape=(67, 67, 3), filters=(4, 4, 6, 6, 4), hidden=(5,), classes=2)
    kernel, bias = model.get_layer("conv2").get_weights()
    x = np.random.default_rng(0).normal(size=(1, 7, 7, 4)).astype("float32")
    split = [keras.ops.conv(x[..., 2 * k : 2 * k + 2], kernel[..., 2 * k : 2 * k + 2], padding="same") for k in (0, 1)]
    halves = np.maximum(np.concatenate(split, axis=-1) + bias, 0)
    assert np.allclose(keras.ops.convert_to_numpy(model.get_layer("conv2")(x)), halves, atol=1e-5)


@pytest.mark.usefixtures("no_memory")
def test_zfnet_has_the_papers_sizes() -> None:
    found = shapes(network("zfnet").build())
    sizes = {"conv1": 110, "pool1": 55, "conv2": 26, "pool2": 13, "conv3": 13, "conv4": 13, "conv5": 13, "pool3": 6}
    assert {name: found[name][:2] for name in sizes} == {name: (size, size) for name, size in sizes.items()}


@pytest.mark.usefixtures("no_memory")
@pytest.mark.parametrize(
    ("depth", "blocks", "parameters"),
    [
        (11, [1, 1, 2, 2, 2], 132_863_336),
        (13, [2, 2, 2, 2, 2], 133_047_848),
        (16, [2, 2, 3, 3, 3], 138_357_544),
        (19, [2, 2, 4, 4, 4], 143_667_240),
    ],
)
def test_vgg_depths(depth: int, blocks: list[int], parameters: int) -> None:
    model = network("vgg").build(depth=depth)
    names = [layer.name for layer in model.layers]
    assert [sum(name.startswith(f"conv{block}_") for name in names) for block in range(1, 6)] == blocks
    assert model.count_params() == parameters  # torchvision's and keras.applications' numbers
    assert shapes(model)["pool5"] == (7, 7, 512)


def test_small_vgg_and_too_shallow_vgg() -> None:
    model = network("vgg").build(input_shape=(32, 32, 3), depth=8, filters=(4, 6, 8), hidden=(5,), classes=3)
    assert [layer.name for layer in model.layers if layer.name.startswith("conv")] == [
        "conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2",
    ]  # fmt: skip
    with pytest.raises(UserError, match=r"vgg with depth=7 is too shallow .* take 8 or more"):
        network("vgg").build(depth=7)


@pytest.mark.usefixtures("no_memory")
@pytest.mark.parametrize(
    ("depth", "parameters"),
    [(20, 269_722), (44, 658_586), (56, 853_018), (110, 1_727_962)],
)
def test_resnet_for_small_pictures(depth: int, parameters: int) -> None:
    model = network("resnet").build(depth=depth)
    assert trainable(model) == parameters  # those of the implementations with option A; the paper rounds them
    assert sum("kernel" in weight.name for weight in model.trainable_weights) == depth
    stages = [shapes(model)[f"stage{stage}_block1_relu"] for stage in (1, 2, 3)]
    assert stages == [(32, 32, 16), (16, 16, 32), (8, 8, 64)]
    plain = network("resnet").build(depth=depth, skip=False)
    assert trainable(plain) == parameters
    assert not any("skip" in layer.name or "add" in layer.name for layer in plain.layers)


@pytest.mark.usefixtures("no_memory")
@pytest.mark.parametrize(("depth", "parameters"), [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032)])
def test_resnet_for_imagenet(depth: int, parameters: int) -> None:
    model = network("resnet").build(input_shape=(224, 224, 3), classes=1000, depth=depth)
    assert trainable(model) == parameters  # torchvision's
    found = shapes(model)
    assert [found[name][:2] for name in ("conv1", "pool1", "stage4_block1_relu")] == [(112, 112), (56, 56), (7, 7)]


def test_skip_connection_adds_every_second_position_and_zeros() -> None:
    model = network("resnet").build(input_shape=(8, 8, 3), depth=8, filters=2, classes=3)
    taps = [model.get_layer(name).output for name in ("stage1_block1_relu", "stage2_block1_skip_grown")]
    before, skipped = keras.Model(model.input, taps)(np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)))
    before, skipped = keras.ops.convert_to_numpy(before), keras.ops.convert_to_numpy(skipped)
    assert np.array_equal(skipped[..., :2], before[:, ::2, ::2])
    assert not skipped[..., 2:].any()
    assert skipped.shape == (2, 4, 4, 4)


def test_plain_blocks_forget_their_input_and_residual_ones_keep_it() -> None:
    for skip in (True, False):
        model = network("resnet").build(input_shape=(8, 8, 1), depth=8, filters=2, classes=3, skip=skip)
        for layer in model.layers:
            if "block" in layer.name and hasattr(layer, "kernel"):
                layer.kernel.assign(keras.ops.zeros_like(layer.kernel))
        x = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1))
        assert (np.ptp(model.predict_on_batch(x), axis=0).max() > 1e-6) == skip


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        (
            "alexnet",
            {"input_shape": (32, 32, 3)},
            "alexnet needs 67x67 pixels, not 32x32: train alexnet32, or bring",
        ),
        ("resnet", {"depth": 21}, "resnet has no depth=21; take 20, 32"),
        ("zfnet", {"input_shape": (20, 20, 3)}, "zfnet cannot be built with input_shape"),
    ],
)
def test_refused(name: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=says):
        network(name).build(**options)


@pytest.mark.usefixtures("no_memory")
@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [
        ("alexnet", {}, (6, 6, 256)),
        ("alexnet32", {}, (4, 4, 128)),
        ("zfnet", {}, (6, 6, 256)),
        ("vgg", {}, (7, 7, 512)),
        ("resnet", {}, (8, 8, 64)),
        ("resnet", {"depth": 50, "input_shape": (224, 224, 3)}, (7, 7, 2048)),
    ],
)
def test_without_top(name: str, options: dict[str, object], shape: tuple[int, ...]) -> None:
    assert network(name).build(include_top=False, **options).output_shape[1:] == shape
