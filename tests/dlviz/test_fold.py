"""Folded networks against their papers' tables, and against the graph that they stand for."""

import keras
import pytest
from keras import layers

from dlviz.api import show
from dlviz.model.fold import common_beginning, folded, single
from dlviz.network import Network
from dlviz_models.errors import UserError


def blocks_of(network, *unfolded):
    return folded(list(network.layers.values()), unfolded)


def check(network, blocks):
    """Each layer is in one block, and arrows between blocks are those between their layers."""
    inside = {layer.name: block.name for block in blocks for layer in block.layers}
    assert sorted(inside) == sorted(network.layers)
    assert sum(len(block.layers) for block in blocks) == len(network.layers)
    arrows = {(inside[p], inside[la.name]) for la in network.layers.values() for p in la.parents}
    assert {(p, b.name) for b in blocks for p in b.parents} == {(p, b) for p, b in arrows if p != b}
    before = set()
    for block in blocks:
        assert set(block.parents) <= before
        before.add(block.name)


@pytest.fixture(scope="module")
def mobilenet():
    return Network(keras.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, classes=3))


def test_the_stages_of_mobilenet(mobilenet):
    """M. Sandler et al., 2018, arXiv 1801.04381, table 2: 2, 3, 4, 3, 3 and 1 blocks, of which the first differs."""
    blocks = blocks_of(mobilenet)
    check(mobilenet, blocks)
    stages = {block.name: block.times for block in blocks if block.name.startswith("block")}
    assert stages == {
        "block_1": 1, "block_2": 1, "block_3": 1, "block_4 to 5": 2, "block_6": 1, "block_7 to 9": 3, "block_10": 1,
        "block_11 to 12": 2, "block_13": 1, "block_14 to 15": 2, "block_16": 1,
    }  # fmt: skip


def test_a_block_is_unfolded_by_its_name(mobilenet):
    apart = blocks_of(mobilenet, "block_7 to 9")
    check(mobilenet, apart)
    assert {"block_7", "block_8", "block_9"} <= {block.name for block in apart}
    open_ = blocks_of(mobilenet, "block_8")
    check(mobilenet, open_)
    assert [b.name for b in open_ if b.name.startswith("block_8_")][:2] == ["block_8_expand", "block_8_expand_BN"]
    with pytest.raises(UserError, match="Unknown block block_99: choose from Conv1"):
        show("architecture", mobilenet, unfold="block_99")


def test_the_diagram_keeps_every_layer_within_reach(mobilenet):
    shown = show("architecture", mobilenet)
    graph = shown.panels[0]
    assert sorted(name for node in graph.nodes for name in node.stands_for) == sorted(mobilenet.layers)
    assert "block_7 to 9  × 3" in [node.name for node in graph.nodes]
    assert len(shown.arrays["layer"]) == len(mobilenet.layers)
    layer_by_layer = show("architecture", mobilenet, fold="none").panels[0]
    assert [node.name for node in layer_by_layer.nodes] == [b.name for b in single(list(mobilenet.layers.values()))]


def test_forks_of_unnamed_layers_that_repeat():
    x = keras.Input((8, 8, 3))
    y = layers.Conv2D(4, 3, padding="same")(x)
    for _ in range(16):
        z = layers.Conv2D(4, 3, padding="same")(y)
        z = layers.ReLU()(layers.BatchNormalization()(z))
        y = layers.Add()([y, z])
    network = Network(keras.Model(x, layers.Dense(2)(layers.Flatten()(y))))
    blocks = blocks_of(network)
    check(network, blocks)
    assert [(block.name, block.times, len(block.once)) for block in blocks][2] == ("block 1 to 16", 16, 4)
    assert len(blocks) == 5


def test_layers_in_a_row_that_repeat():
    stack = keras.Sequential([keras.Input((5, 4))])
    for _ in range(4):
        stack.add(layers.LSTM(4, return_sequences=True))
        stack.add(layers.Dense(4))
    stack.add(layers.Dense(2, name="last"))
    network = Network(stack)
    blocks = blocks_of(network)
    check(network, blocks)
    assert [block.times for block in blocks] == [1, 4, 1]


def test_another_width_is_no_repetition():
    x = keras.Input((4,))
    y = layers.Dense(5)(layers.Dense(6)(layers.Dense(6)(layers.Dense(6)(x))))
    assert [block.times for block in blocks_of(Network(keras.Model(x, y)))] == [1, 1, 1, 1, 1]


def test_a_block_that_is_left_and_entered_again_is_not_folded():
    x = keras.Input((4,))
    y = layers.Dense(4, name="block1_in")(x)
    y = layers.Dense(4, name="block1_middle")(y)
    y = layers.Dense(5, name="elsewhere")(y)
    y = layers.Dense(6, name="block1_out")(y)
    network = Network(keras.Model(x, y))
    check(network, blocks_of(network))
    assert "block1" not in {block.name for block in blocks_of(network)}


def test_nested_and_shared_networks_and_several_ends():
    inside = keras.Input((4,))
    tower = keras.Model(inside, layers.Dense(3)(layers.Dense(4)(layers.ReLU()(inside))), name="tower")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    joined = layers.Subtract(name="difference")([tower(a), tower(b)])
    same = layers.Dense(1, activation="sigmoid", name="same")(joined)
    far = layers.Dense(2, activation="softmax", name="far")(joined)
    model = keras.Model([a, b], [same, far])
    network = Network(model)
    blocks = blocks_of(network)
    check(network, blocks)
    graph = show("architecture", network, fold="all").panels[0]
    lines = {node.name: node.lines for node in graph.nodes}
    assert lines["a"][0] == "Input: numbers  4"
    assert "6 layers, shared  3" in lines["tower"]
    assert f"{tower.count_params()} parameters" in lines["tower"]
    assert "Output same: classes" in lines["same"]
    unfolded = {node.name: node.lines[0] for node in show("architecture", network).panels[0].nodes}
    assert sum("shared" in head for head in unfolded.values()) == 6


def test_layers_of_several_outputs_are_one_box():
    x = keras.Input((5, 4))
    sequence, hidden, cell = layers.LSTM(3, return_sequences=True, return_state=True, name="lstm")(x)
    y = layers.Concatenate()([layers.GlobalAveragePooling1D()(sequence), hidden, cell])
    graph = show("architecture", keras.Model(x, y)).panels[0]
    assert {node.name: node.lines[0] for node in graph.nodes}["lstm"] == "LSTM  5×3 and 3 and 3"


def test_what_all_names_begin_with():
    assert common_beginning(["net_small_a", "net_small_b", "net_small_c", "net_small_d"]) == "net_small_"
    assert common_beginning(["a_x", "b_y", "c_z", "d_w"]) == ""
