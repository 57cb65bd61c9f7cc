"""What cannot be shown is refused, of every view and kind of network: one sentence says what is wrong and what would be
right."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest

import dlviz
from dlviz import session
from dlviz.network import Network
from dlviz.options import Option, options_of
from dlviz.view import View
from dlviz.views import views
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError
from tests.every_network import NETWORKS

NAMES = ("plain", "words", "sound", "table", "dicts of inputs and outputs", "tree_lstm", "autoencoder", "seq2seq")
WAYS = (
    "choose",
    "give",
    "try",
    "write",
    "check",
    "put",
    "numbered from 0",
    "there is no",
    "is for",
    "needs",
    "leave",
    "assign",
    "is not a",
    "too small",
    "too large",
)
"""One of these tells what would be right."""


@pytest.fixture(scope="module", params=NAMES)
def network(request: pytest.FixtureRequest) -> Network:
    keras.utils.set_random_seed(0)
    return Network(NETWORKS[request.param]())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Data that nothing takes, or that says too little."""
    path = tmp_path_factory.mktemp("bad")
    (path / "empty").mkdir()
    np.save(path / "oblong.npy", np.zeros((5, 7, 9), np.float32))
    np.savez(path / "unlabelled.npz", x=np.zeros((12, 12, 12, 1), np.uint8))
    (path / "unlabelled.txt").write_text("good film\nbad film\n")
    (path / "unlabelled.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
    return path


@pytest.fixture(scope="module", autouse=True)
def _inspected_once() -> Iterator[None]:
    """What inspection refuses it refuses for every view by the same sentence, and is asked once."""
    load, answers = session.load_samples, dict[str, Samples | UserError]()

    def load_once(*given: Any) -> Samples:
        if (asked := repr(given)) not in answers:
            try:
                answers[asked] = load(*given)
            except UserError as error:
                answers[asked] = error
        if isinstance(found := answers[asked], UserError):
            raise UserError(str(found))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "load_samples", load_once)
        yield


def refused(view: type[View], network: Network, **given: Any) -> str:
    """The sentence with which something is refused."""
    with pytest.raises(UserError) as told:
        dlviz.show(view.name, network, **given)
    sentence = str(told.value)
    assert 20 < len(sentence) <= 400
    assert sentence.endswith(".")
    assert any(word in sentence for word in WAYS), sentence
    return sentence


def every_view() -> list[type[View]]:
    return [view for view in views().values() if view.needs]


def wrong_of(option: Option) -> Iterator[Any]:
    """Values that an option does not have."""
    if option.choices:
        yield "zebra"
    if option.kind in ("int", "float"):
        yield "zebra"
        yield from [option.low - 1] if option.low is not None else []
        yield from [option.high + 1] if option.high is not None else []


def test_what_does_not_exist_in_the_network(network: Network) -> None:
    for view in every_view():
        assert "nowhere" in refused(view, network, output="nowhere")
        assert "nowhere" in refused(view, network, layer="nowhere")
        assert "7" in refused(view, network, epoch=7)
        assert "nowhere" in refused(view, network, changes=["off=nowhere:1"])
        assert "in memory" in refused(view, network, changes=["weight=nowhere:kernel:0:1"])
        for unit in (-1, 10**6) if view.chosen_units or view.one_unit else ():
            sentence = refused(view, network, units=(unit,))
            assert str(unit) in sentence or "is for" in sentence or "has no" in sentence or "without" in sentence


def test_what_is_no_value_of_an_option(network: Network) -> None:
    for view in every_view():
        for option in options_of(view):
            for value in wrong_of(option):
                assert option.name in refused(view, network, **{option.name: value})


def test_samples_that_do_not_exist_or_do_not_fit(network: Network, folder: Any) -> None:
    for view in every_view():
        if "sample" not in view.needs:
            continue
        for number in (-1, 10**6):
            sentence = refused(view, network, input=f"digits:{number}")
            assert "numbered from 0" in sentence or "is for" in sentence or "needs" in sentence
        refused(view, network, input=str(folder / "nowhere.png"))
        refused(view, network, input=str(folder / "oblong.npy"))


def test_data_without_samples_or_of_another_kind(network: Network, folder: Any) -> None:
    for view in every_view():
        if not view.needs & {"data", "train"}:
            continue
        refused(view, network, data=str(folder / "empty"))
        refused(view, network, data=str(folder / "nowhere.npz"))
        other = "unlabelled.txt" if network.sample_kind != "text" else "unlabelled.csv"
        sentence = refused(view, network, data=str(folder / other))
        assert other in sentence or "is for" in sentence or "has no" in sentence


def test_data_without_labels_where_they_are_needed(network: Network, folder: Any) -> None:
    data = {"picture": "unlabelled.npz", "text": "unlabelled.txt", "numbers": "unlabelled.csv"}.get(network.sample_kind)
    judged = () if network.chosen_output.kind == "picture" else ("mistakes", "ablation", "features", "influence")
    for name in judged if data else ():
        sentence = refused(views()[name], network, data=str(folder / data))
        assert "pictures per class" not in sentence or network.sample_kind == "picture"


def test_a_class_that_does_not_exist(network: Network) -> None:
    for view in every_view():
        for option in options_of(view):
            if option.suggests in ("classes", "target") and view.name != "ablation":  # which asks for labels first
                sentence = refused(view, network, limit=6, **{option.name: "zebra crossing"})
                assert "zebra crossing" in sentence or "is for" in sentence or "class" in sentence


def test_a_second_network_of_another_kind(network: Network) -> None:
    for view in every_view():
        if "other" in view.needs:
            assert "second network" in refused(view, network) or "is for" in refused(view, network)
            refused(view, network, other="nowhere")
            refused(view, network, other="sums" if network.sample_kind != "text" else "lenet5")


def test_too_few_samples(network: Network) -> None:
    assert "limit -1" in refused(views()["distributions"], network, limit=-1)
