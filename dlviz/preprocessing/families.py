"""The networks of keras.applications, told from their layers, and how their pixels arrive at the first convolution."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dlviz.model.graph import Graph


@dataclass(frozen=True)
class Family:
    """Networks that share the names of their layers, in whichever model these are found.

    Attributes:
        name: as keras.applications spells it.
        mode: the preprocessing after which the first convolution was trained, whether it is done in the network or not.
        stem: the pattern of the first convolution's name, its kernel size and its strides.
        layers: patterns of names and kinds of further layers, each of which has to be there.
        called: what the models built from it are called, in lower case and from the start.
    """

    name: str
    mode: str
    stem: tuple[str, int, int]
    layers: tuple[tuple[str, str], ...]
    called: str


FAMILIES = (
    Family(
        "VGG", "caffe", ("block1_conv1", 3, 1),
        (("block1_conv2", "Conv2D"), ("block2_conv1", "Conv2D")), "vgg1[69]",
    ),
    Family(
        "Xception", "tf", ("block1_conv1", 3, 2),
        (("block1_conv1_bn", "BatchNormalization"), ("block2_sepconv1", "SeparableConv2D")), "xception",
    ),
    Family(
        "ResNet", "caffe", ("conv1_conv", 7, 2),
        (("conv1_bn", "BatchNormalization"), ("conv2_block1_add", "Add")), r"resnet\d+(?!v2|\d)",
    ),
    Family(
        "ResNet", "caffe", ("conv1", 7, 2),
        (("bn_conv1", "BatchNormalization"), ("res2a_branch2a", "Conv2D")), r"resnet\d+(?!v2|\d)",
    ),
    Family("ResNetV2", "tf", ("conv1_conv", 7, 2), (("conv2_block1_preact_bn", "BatchNormalization"),), r"resnet\d+v2"),
    Family(
        "DenseNet", "torch", ("conv1_conv", 7, 2),
        (("conv1_bn", "BatchNormalization"), ("conv2_block1_concat", "Concatenate")), "densenet",
    ),
    Family(
        "MobileNet", "tf", ("conv1", 3, 2),
        (("conv_dw_1", "DepthwiseConv2D"), ("conv_pw_1", "Conv2D")), r"mobilenet(_|$)",
    ),
    Family(
        "MobileNetV2", "tf", ("Conv1", 3, 2),
        (("bn_Conv1", "BatchNormalization"), ("expanded_conv_depthwise", "DepthwiseConv2D")), "mobilenetv2",
    ),
    Family(
        "MobileNetV3", "tf", ("[Cc]onv", 3, 2),
        (("conv_bn|Conv_BatchNorm", "BatchNormalization"), ("expanded_conv_depthwise", "DepthwiseConv2D")),
        "mobilenetv3",
    ),
    Family("InceptionV3", "tf", (".*", 3, 2), (("mixed0", "Concatenate"),), "inception_v3"),
    Family("InceptionResNetV2", "tf", (".*", 3, 2), (("mixed_5b", "Concatenate"),), "inception_resnet"),
    Family(
        "NASNet", "tf", ("stem_conv1", 3, 2),
        (("stem_bn1", "BatchNormalization"), ("reduction_conv_1_stem_1", "Conv2D")), "nasnet",
    ),
    Family(
        "EfficientNetV2-S, M or L", "tf", ("stem_conv", 3, 2),
        (("block1a_project_activation", "Activation"), ("block1a_add", "Add")), "efficientnetv2-[sml]",
    ),
    Family(
        "EfficientNetV2-B", "torch", ("stem_conv", 3, 2),
        (("stem_bn", "BatchNormalization"), ("block1a_project_activation", "Activation")), "efficientnetv2-b",
    ),
    Family(
        "ConvNeXt", "torch", (r".*stem_(conv|0)", 4, 4),
        (("stage_0_block_0_depthwise_conv", "Conv2D"), ("stage_0_block_0_layer_scale", "LayerScale")), "convnext",
    ),
)  # fmt: skip
"""The first that fits counts: the larger EfficientNetV2 have a layer more than the others. EfficientNetB0 to B7, which
cannot be built without their own scaling, tell by that."""


def by_layers(graph: Graph, entries: Iterable[str]) -> tuple[Family, str] | None:
    """Return the family whose first convolution is one of the steps `entries`, and that step; None if there is none."""
    steps = [(name.replace("/", "_"), type(step.layer).__name__) for name, step in graph.steps.items()]

    def has(pattern: str, kind: str) -> bool:
        return any(found == kind and _named(pattern, name) for name, found in steps)

    for entry in entries:
        name, layer = entry.replace("/", "_"), graph.steps[entry].layer
        shape = (_side(layer, "kernel_size"), _side(layer, "strides"))
        for family in FAMILIES:
            is_stem = family.stem[1:] == shape and _named(family.stem[0], name)
            if is_stem and all(has(*further) for further in family.layers):
                return family, entry
    return None


def by_name(names: Iterable[str]) -> Family | None:
    """Return the family after which one of the models `names` is called, or None."""
    return next((f for name in names for f in FAMILIES if re.match(f.called, name.lower())), None)


def _named(pattern: str, name: str) -> bool:
    """Whether a layer called `name` is one of `pattern`, in a model within others or copied several times."""
    return bool(re.fullmatch(rf"(.*_)?({pattern})([_#]\d+)?", name))


def _side(layer: Any, what: str) -> int:
    """The side of a square kernel or stride; 0 where the layer has none."""
    sides = list(getattr(layer, what, ()))
    return sides[0] if len(set(sides)) == 1 else 0
