"""Broken and hostile files: each refused by one sentence, none of what they carry is run."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlviz.inspect import inspect_file, load_network, process
from dlviz_models.errors import UserError
from tests.dlviz import hostile

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        inspect_file(path)
    return str(caught.value)


@pytest.mark.parametrize("case", hostile.REFUSED)
def test_refused_by_one_sentence(case: str, tmp_path: Path) -> None:
    make, word = hostile.REFUSED[case]
    folder, marker = tmp_path / "files", tmp_path / "marker"
    folder.mkdir()
    path = make(folder, marker)
    before = set(folder.rglob("*"))
    start = time.perf_counter()
    sentence = refusal(path)
    assert time.perf_counter() - start < 10  # 0.2 s alone; machines that run tests are busy
    assert sentence.startswith(path.name)
    assert word in sentence
    assert len(sentence) <= 400
    assert sentence.isprintable()
    assert sentence.endswith(".")
    assert not marker.exists()
    assert set(folder.rglob("*")) == before


def test_payloads_are_real(tmp_path: Path) -> None:
    """Were the files believed, the marker would be there: so the tests above do test something."""
    import base64
    import marshal
    import pickle
    import types

    function = types.FunctionType(marshal.loads(base64.b64decode(hostile.code(tmp_path / "one"))), {"open": open})
    function(0)
    pickle.loads(hostile.pickled(tmp_path, tmp_path / "two").read_bytes())
    assert (tmp_path / "one").exists()
    assert (tmp_path / "two").exists()


def test_compile_config_is_dropped(tmp_path: Path) -> None:
    path = hostile.compile_payload(tmp_path, tmp_path / "marker")
    model, card = load_network(path)
    assert model.count_params() == 8
    assert card is None
    assert not model.compiled
    assert not (tmp_path / "marker").exists()


def test_memory_is_not_taken_for_weights_that_are_not_there(tmp_path: Path) -> None:
    """16 million million numbers in a layer whose shapes only Keras knows."""
    attention = hostile.layer("SimpleRNN", {"name": "rnn", "units": 4_000_000, "return_sequences": False})
    config = hostile.network(hostile.layer("Reshape", {"name": "r", "target_shape": [3, 1]}), attention)
    config["config"]["layers"][-1]["build_config"] = None
    stored = hostile.weights(kernel=[[0.0, 0.0]] * 3)
    path = hostile.write_zip(tmp_path / "net.keras", hostile.members(config, stored))
    with pytest.raises(UserError, match=r"net\.keras declares 16,000,\d"):
        load_network(path)
    assert load_network(hostile.good_keras(tmp_path))[0].count_params() == 8  # and nothing of it comes along


def test_the_process_knows_no_framework() -> None:
    """Looking into a network needs neither Keras nor TensorFlow, nor anything else that is slow to import."""
    program = (
        "import sys, dlviz.inspect.child, dlviz.inspect.networks, dlviz.inspect.arrays; "
        "print([m for m in ('keras', 'tensorflow', 'matplotlib', 'sklearn', 'scipy', 'skimage') if m in sys.modules])"
    )
    roots = f"import sys; sys.path[:0] = {process._ROOTS!r}; "
    done = subprocess.run([sys.executable, "-I", "-c", roots + program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_process_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_START", "import time; time.sleep(60)")
    start = time.perf_counter()
    with pytest.raises(UserError, match=r"good\.keras took longer than 0\.5 s"):
        inspect_file(hostile.good_keras(tmp_path), timeout=0.5)
    assert time.perf_counter() - start < 10


def test_a_process_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_START", "import os; os.abort()")
    with pytest.raises(UserError, match=r"good\.keras is damaged"):
        inspect_file(hostile.good_keras(tmp_path))


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    inspect_file(hostile.good_keras(tmp_path))
    refusal(hostile.lambda_layer(tmp_path, tmp_path / "marker"))
    assert list(private.iterdir()) == []


def test_facts_are_json(tmp_path: Path) -> None:
    found = inspect_file(hostile.good_keras(tmp_path))
    assert json.loads(json.dumps(found.facts))["weights"] == 8
    assert found.kind == "keras"
