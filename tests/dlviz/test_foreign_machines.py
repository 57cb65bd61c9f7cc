"""How the program starts on machines that are set up for something else."""

import io
import json
import os
import platform
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from dlviz.__main__ import main
from dlviz.cli import screen
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import check_backend

SETTINGS = {"backend": "theano", "image_data_format": "channels_first", "floatx": "float16", "epsilon": 1e-3}
KERAS = """
import json, sys, dlviz
network = dlviz.open_model("lenet5")
import keras
from keras.src.backend import config
print(json.dumps([keras.config.backend(), keras.config.image_data_format(), keras.config.floatx(),
                  keras.config.epsilon(), config.keras_home(), {"matplotlib", "sklearn"} <= set(sys.modules)]))
"""
SPEED = """
import ctypes, sys, dlviz
dlviz.show("activations", "lenet5", layer="conv1", input="digits:0")
from tensorflow.python.util import _pywrap_util_port
print(_pywrap_util_port.IsMklEnabled())
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("KERAS_")}
    return subprocess.run(
        [sys.executable, *words], env=known | env, capture_output=True, text=True, errors="replace", timeout=120
    )


@pytest.fixture
def _linux_without_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "QT_QPA_PLATFORM_PLUGIN_PATH"):
        monkeypatch.delenv(name, raising=False)


def test_the_settings_of_another_course_do_not_reach_keras_here(tmp_path):
    home = tmp_path / "keras"
    home.mkdir()
    (home / "keras.json").write_text(json.dumps(SETTINGS))
    done = run("-c", KERAS, KERAS_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["tensorflow", "channels_last", "float32", 1e-7, str(home), True]
    assert json.loads((home / "keras.json").read_text()) == SETTINGS


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="oneDNN and glibc are not there")
def test_convolutions_are_onednns_and_threads_share_heaps(tmp_path):
    heaps = tmp_path / "heaps.xml"
    known = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    done = subprocess.run(
        [sys.executable, "-c", SPEED, heaps], env=known, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "True"
    assert len(ElementTree.parse(heaps).findall("heap")) <= 2


@pytest.mark.parametrize("words", [["show", "filters", "lenet5", "--out", "a.png"], ["lenet5"]])
def test_a_backend_that_does_not_exist_is_named(words):
    done = run("-m", "dlviz", *words, KERAS_BACKEND="theano")
    assert done.returncode == 2
    assert done.stderr.startswith("KERAS_BACKEND is set to theano")
    assert done.stderr.count("\n") == 1


def test_backends_are_checked_without_importing_them(monkeypatch):
    for name in ("", "tensorflow"):
        monkeypatch.setenv("KERAS_BACKEND", name)
        check_backend(for_views=True)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr("dlviz_models.keras_settings.find_spec", lambda name: None)
    with pytest.raises(UserError, match="jax, which is not installed"):
        check_backend(for_views=False)
    monkeypatch.setattr("dlviz_models.keras_settings.find_spec", lambda name: "found")
    check_backend(for_views=False)
    with pytest.raises(UserError, match="views need TensorFlow"):
        check_backend(for_views=True)


def printed(monkeypatch: pytest.MonkeyPatch, encoding: str, *words: str) -> str:
    """What a command prints on a console of that encoding."""
    console = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(sys, "stdout", console)
    assert main(words) == 0
    console.flush()
    return console.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


def test_narrow_consoles_get_plain_quotes(monkeypatch, capsys):
    plain, whole = (printed(monkeypatch, encoding, "inspect", "lenet5") for encoding in ("ascii", "utf-8"))
    assert capsys.readouterr().err == ""
    assert '"lenet5"' in plain
    assert plain == whole.translate(str.maketrans("“”×", '""x'))


@pytest.mark.parametrize("name", ["naïve", "雪", "b\udcffd"])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_command_can_say_every_name(tmp_path, name, encoding):
    file = os.fsencode(str(tmp_path / name))
    try:
        with open(file, "wb") as opened:
            opened.write(b"no picture")
    except OSError:
        pytest.skip("such a name cannot be given here")
    done = run("-m", "dlviz", "inspect", os.fsdecode(file), PYTHONIOENCODING=encoding)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "Unicode" not in done.stderr


@pytest.mark.usefixtures("_linux_without_a_display")
@pytest.mark.parametrize(
    "surroundings",
    [
        {"WAYLAND_DISPLAY": "wayland-of-nobody"},
        {"DISPLAY": ":6543", "WAYLAND_DISPLAY": "wayland-of-nobody"},
        {"QT_QPA_PLATFORM": "cocoa"},
        {"QT_QPA_PLATFORM": "wayland"},
        {"QT_QPA_PLATFORM": "xcb:nothing"},
    ],
)
def test_a_platform_on_which_qt_would_abort_is_an_obstacle(monkeypatch, surroundings):
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    reason = screen.obstacle()
    assert reason
    assert len(reason) < 300
    assert "\n" not in reason


@pytest.mark.usefixtures("_linux_without_a_display")
def test_the_first_platform_of_a_list_that_starts_is_used(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "cocoa;offscreen")
    assert screen.obstacle() == ""
