"""Every view of every kind of network: what layers answer is Keras's, and a view shows something or says why not."""

import keras
import numpy as np
import pytest

import dlviz
from dlviz.analysis.ablation import DownstreamNetwork, edit
from dlviz.describe import SYNTHETIC
from dlviz.model.graph import step_of
from dlviz.network import Network
from dlviz.saliency.score import steps_between
from dlviz.session import Session
from dlviz.views import views
from dlviz_models.errors import UserError
from tests.every_network import NETWORKS

FEW = {
    "failures": {"count": 1, "evaluations": 10},
    "robustness": {"count": 2},
    "fooling": {"count": 2},
    "maximise": {"steps": 2, "shown": 2},
    "concepts": {"designs": 8, "count": 2},
}


@pytest.fixture(scope="module")
def networks():
    opened: dict[str, Network] = {}

    def network(name: str) -> Network:
        if name not in opened:
            keras.utils.set_random_seed(0)
            opened[name] = Network(NETWORKS[name]())
        return opened[name]

    return network


@pytest.mark.parametrize("name", NETWORKS)
def test_activations_are_kerass(networks, name):
    network = networks(name)
    feeds = network.feed([Session().data_for(network, SYNTHETIC).sample(0)])
    fed = {n: network.as_fed(x[0], n)[None] for n, x in feeds.items()}
    ours = network.activations(feeds)
    named = {layer.name for layer in network.model.layers if not isinstance(layer, keras.layers.InputLayer)}
    tops = [n for n in network.visible if ":" not in n and "#" not in n and n in named]
    outputs = [keras.tree.flatten(network.model.get_layer(n).output)[0] for n in tops]
    tensors = [keras.ops.convert_to_tensor(fed[t.name]) for t in network.model.inputs]
    theirs = keras.Model(network.model.inputs, outputs)(tensors, training=False) if tops else []
    for layer, expected in zip(tops, keras.tree.flatten(theirs), strict=True):
        np.testing.assert_allclose(ours[layer], np.asarray(expected, np.float32)[0], atol=1e-5, err_msg=layer)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_view_shows_something_or_says_in_a_sentence_why_not(networks, name):
    for view in [view for view in views().values() if view.needs]:
        sheet, refusal = None, ""
        try:
            sheet = dlviz.show(view.name, networks(name), limit=6, **FEW.get(view.name, {}))
        except UserError as error:
            refusal = str(error)
        assert len(refusal) <= 400
        if sheet:
            assert sheet.panels
            assert "nan" not in sheet.summary
        else:
            assert refusal.endswith(".")


@pytest.mark.parametrize("name", NETWORKS)
def test_what_follows_an_unchanged_layer_gives_the_networks_answer(networks, name):
    network = networks(name)
    samples = Session().data_for(network, SYNTHETIC)
    after = steps_between(network.graph, network.input, network.output)
    graph = network.graph
    counts = [n for n in network.visible if step_of(n) in after and graph.leads_to(n, network.output)]
    layers = [n for n in counts if "float" in graph.symbol(n).dtype]
    rest = DownstreamNetwork(network, layers[len(layers) // 2])
    batch = rest.batch(network.feed([samples.sample(0)]))
    np.testing.assert_allclose(rest.answer(batch, edit(rest.units)), network.answer(batch.feeds), atol=1e-5)
