"""Broken and hostile files: each refused by one sentence, none of what they carry is run."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dlviz.inspect import inspect_file, load_network, process
from dlviz_models.errors import UserError
from tests.dlviz import hostile, hostile_data, hostile_networks

CASES = hostile_networks.REFUSED | hostile_data.REFUSED
MOST_SECONDS = 2.0
MOST_MEMORY = 500.0
ALONE = ("lambda", "pickle", "bomb", "array that is not there", "config of many lists", "idx of 16 EB", "pipe",
         "SavedModel that reads", "folder with a link out of it", "escape codes in a name")  # fmt: skip


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        inspect_file(path)
    return str(caught.value)


def made(case: str, folder: Path) -> tuple[Path, Path]:
    """Make a file, and return its path and that of the marker it must not leave."""
    (folder / "files").mkdir(parents=True)
    return CASES[case][0](folder / "files", folder / "marker"), folder / "marker"


def check_sentence(case: str, sentence: str, path: Path) -> None:
    assert sentence.startswith(path.name)
    assert CASES[case][1] in sentence
    assert len(sentence) <= 400
    assert sentence.isprintable()
    assert sentence.endswith(".")
    assert "/files" not in sentence  # the file is named, not the folders that it is in


@pytest.fixture(scope="module")
def looked_into(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, ...]]:
    """Every case with its path, marker, report, seconds of computing, and MiB above a process that does nothing."""
    folder = tmp_path_factory.mktemp("hostile")
    files = {case: made(case, folder / str(number)) for number, case in enumerate(CASES)}
    before = set(folder.rglob("*"))
    script = str(Path(__file__).with_name("forked.py"))
    roots = (
        f"import sys; sys.path[:0] = {process._ROOTS!r}; import runpy; runpy.run_path({script!r}, run_name='__main__')"
    )
    paths = json.dumps([str(path) for path, _ in files.values()])
    done = subprocess.run([sys.executable, "-c", roots], input=paths, capture_output=True, text=True, check=True)
    assert set(folder.rglob("*")) == before  # neither markers nor anything else
    return {case: (*of, *found) for (case, of), found in zip(files.items(), json.loads(done.stdout), strict=True)}


@pytest.mark.parametrize("case", CASES)
def test_refused_by_one_sentence(case: str, looked_into: dict[str, tuple[Any, ...]]) -> None:
    path, marker, report, seconds, memory = looked_into[case]
    check_sentence(case, report["refused"], path)
    assert seconds < MOST_SECONDS
    assert memory < MOST_MEMORY
    assert not marker.exists()


@pytest.mark.parametrize("case", ALONE)
def test_refused_by_a_process_of_its_own(case: str, tmp_path: Path) -> None:
    path, marker = made(case, tmp_path)
    check_sentence(case, refusal(path), path)
    assert not marker.exists()


@pytest.mark.parametrize("path", sorted(Path(__file__).with_name("finds").iterdir()), ids=lambda path: path.name)
def test_finds_of_the_fuzzer(path: Path) -> None:
    start = time.perf_counter()
    assert re.match(rf"{path.name} is damaged", refusal(path))
    assert time.perf_counter() - start < 20  # 2 s alone; machines that run tests are busy


def test_there_are_enough() -> None:
    assert len(CASES) >= 120


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


def test_memory_is_not_taken_for_layers_that_are_not_used(tmp_path: Path) -> None:
    def after(name: str, of: str) -> dict[str, Any]:
        return {"name": name, "inbound_nodes": [{"args": [hostile.tensor(of)], "kwargs": {}}]}

    reshaped = hostile.layer("Reshape", {"name": "reshaped", "target_shape": [3, 1]})
    unused = hostile.layer("SeparableConv1D", {"name": "unused", "filters": 10**8, "kernel_size": 1})
    config = hostile.functional(reshaped | after("reshaped", "image"), unused | after("unused", "reshaped"))
    path = hostile.write_zip(tmp_path / "net.keras", hostile.members(config))
    with pytest.raises(UserError, match=r"net\.keras declares 200,000,\d"):
        load_network(path)


def test_the_process_knows_no_framework() -> None:
    """Controller into a network needs neither Keras nor TensorFlow, nor anything else that is slow to import."""
    program = (
        "import sys, dlviz.inspect.child, dlviz.inspect.network_files, dlviz.inspect.sets; "
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


def test_what_two_killed_processes_left_goes_with_the_next_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        f"import sys, os, signal, tempfile; sys.path[:0] = {process._ROOTS!r}\n"
        "from dlviz.inspect.process import Child\n"
        f"child = Child({str(hostile.good_keras(tmp_path))!r}, 30)\n"
        "for pid in (child._process.pid, os.getpid()):\n"
        "    os.kill(pid, signal.SIGKILL)"
    )
    private = tmp_path / "private"
    private.mkdir()
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(private)}, check=False)
    assert list(private.iterdir())
    monkeypatch.setattr("tempfile.tempdir", str(private))
    inspect_file(hostile.good_keras(tmp_path))
    assert not list(private.iterdir())


def test_without_a_temporary_folder_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hostile.good_keras(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no"))
    assert refusal(path) == (
        "good.keras cannot be inspected: no temporary folder can be created; "
        "free some space, or let TMPDIR name another place."
    )


def test_the_process_and_its_folder_go_when_the_parent_is_killed(tmp_path: Path) -> None:
    program = (
        f"import sys, os, signal, tempfile; sys.path[:0] = {process._ROOTS!r}\n"
        "from dlviz.inspect.process import Child\n"
        f"tempfile.tempdir = {str(tmp_path / 'private')!r}\n"
        f"child = Child({str(hostile.good_keras(tmp_path))!r}, 30)\n"
        "print(child._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    (tmp_path / "private").mkdir()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{int(done.stdout)}").exists() or list((tmp_path / "private").iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_facts_are_json(tmp_path: Path) -> None:
    found = inspect_file(hostile.good_keras(tmp_path))
    assert json.loads(json.dumps(found.facts))["weights"] == 8
    assert found.kind == "keras"


AUDITED = """
import json, sys
sys.path[:0] = {roots!r}
from pathlib import Path
from dlviz.inspect import child, network_files, savedmodel, sets
folder, written = {folder!r}, []
def noting(event, arguments):
    elsewhere = event == "open" and arguments[2] & 3 and not str(arguments[0]).startswith(folder)
    if elsewhere or event.split(".")[0] in ("socket", "subprocess", "os.system", "os.exec", "ctypes", "pickle"):
        written.append([event, str(arguments[:2])])
sys.addaudithook(noting)
for path in json.load(sys.stdin):
    child.report_on(Path(path), Path(folder))
    for left in Path(folder).iterdir():
        left.unlink()
print(json.dumps(written))
"""


def test_nothing_is_written_elsewhere_and_no_connection_opened(tmp_path: Path) -> None:
    """Audited by Python itself, over every refused file and one that opens."""
    (tmp_path / "found").mkdir()
    files = [str(hostile.good_keras(tmp_path))]
    slow = {"40,000 members", "npz packed 1000:1", "config of many lists", "config of 65 MiB", "idx in a bomb"}
    files += [str(made(case, tmp_path / str(number))[0]) for number, case in enumerate(CASES.keys() - slow)]
    program = AUDITED.format(roots=process._ROOTS, folder=str(tmp_path / "found"))
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(files), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []
