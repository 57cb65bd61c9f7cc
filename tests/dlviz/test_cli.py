import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image as Pillow

import dlviz
from dlviz.__main__ import main
from dlviz.cli import screen, window
from dlviz.views import views
from dlviz_models.data import open_pictures
from dlviz_models.zoo import zoo


def refused(capsys, *words: str) -> str:
    """The sentence with which the words are refused."""
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    last = err.rstrip("\n").split("\n")[-1]
    assert 0 < len(last) <= 400
    assert "Traceback" not in err
    return last


def test_what_needs_no_framework_starts_without_it():
    words = (
        ["--help"],
        ["list", "views"],
        ["show", "--help"],
        ["show", "failures", "--help"],
        ["list", "--json"],
        ["list"],
    )
    code = (
        "import contextlib, io, sys; from dlviz.__main__ import main\n"
        f"for words in {words!r}:\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as out: assert main(words) == 0, words\n"
        "    assert 'dlviz' in out.getvalue() or 'activations' in out.getvalue(), words\n"
        "    assert not {'tensorflow', 'keras', 'matplotlib', 'PyQt5'} & set(sys.modules), words\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("words", [["show", "failures"], ["show", "patches", "lenet5"], ["lesson", "pooling"]])
def test_help_lists_the_options_of_what_is_named(words, capsys):
    """As `dlviz list --json` has them."""
    assert main(["list", "views" if words[0] == "show" else "lessons", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    (options,) = (one["options"] for one in listed if one["name"] == words[1])
    assert main([*words, "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    listing = text.partition(f"options of {words[1]} (--set OPTION=VALUE):")[2]
    for option in options:
        assert f" {option['name']}" in listing
        assert " ".join(option["help"].split()) in listing


def test_help_on_what_there_is_not_is_refused(capsys):
    assert "Unknown view nothing" in refused(capsys, "show", "nothing", "--help")


def test_show_writes_the_models_own_activations_and_says_nothing(tmp_path):
    out = tmp_path / "a.npz"
    words = ["show", "activations", "lenet5", "--layer", "conv2", "--input", "digits:7", "--out", str(out)]
    code = (
        f"import sys; from dlviz.__main__ import main; status = main({words!r});"
        " assert not {'matplotlib', 'sklearn', 'PyQt5'} & set(sys.modules); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    model = keras.saving.load_model(zoo()["lenet5"].path, compile=False)
    with np.load(out) as arrays:
        assert arrays["input"].shape == (28, 28, 1)
        assert np.array_equal(arrays["input"], open_pictures("digits")[7].astype(np.float32))
        conv2 = keras.Model(model.input, model.get_layer("conv2").output)(arrays["input"][None])
        np.testing.assert_allclose(arrays["activation"], np.asarray(conv2)[0], atol=1e-5)


def test_show_in_process_takes_an_image_file_units_and_options(tmp_path):
    picture = tmp_path / "digit 7.png"
    Pillow.fromarray(open_pictures("digits")[7][..., 0]).save(picture)
    out = tmp_path / "a.svg"
    words = ["show", "activations", "lenet5", "--layer", "conv1", "--unit", "4,1", "--input", str(picture)]
    assert main([*words, "--set", "contrast=all", "--out", str(out)]) == 0
    text = out.read_text("utf-8")
    assert "digit 7.png" in text
    assert ">4: " in text
    assert ">0: " not in text


def test_each_of_several_inputs_has_its_page(tmp_path):
    words = ["show", "activations", "lenet5", "--input", "digits:7", "--input", "digits:8"]
    assert main([*words, "--out", str(tmp_path / "a.html")]) == 0
    text = (tmp_path / "a.html").read_text("utf-8")
    assert "respond to picture no. 7 of digits (a" in text
    assert "respond to picture no. 8 of digits (a" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["show", "nothing", "lenet5", "--out", "a.png"], "Unknown view nothing"),
        (["show", "transfer", "lenet5", "--out", "a.png"], "name the second one with --other MODEL"),
        (["show", "filters", "lenet5", "--out", "a.doc"], "a.doc does not end in a format that dlviz can write"),
        (["show", "filters", "lenet5"], "--out"),
        (["show", "filters", "lenet5", "--out", "a.png", "--colour"], "--colour"),
        (["show", "filters", "lenet5", "--out", "a.png", "--set", "slices"], "--set slices has no value"),
        (["show", "filters", "lenet5", "--out", "a.png", "--set", "slices=0"], "slices=0 is too small"),
        (["show", "filters", "lenet5", "--out", "a.png", "--set", "depth=2"], "Unknown option depth"),
        (["show", "filters", "lenet5", "--out", "a.png", "--unit", "one"], "--unit"),
        (["show", "filters", "lenet5", "--out", "a.png", "--limit", "-3"], "--limit"),
        (["show", "filters", "lenet5", "--out", "a.png", "--layer", "conv9"], "no layer conv9: try conv"),
        (["show", "filters", "lenet5", "--out", "a.png", "--layer", "conv1", "--unit", "99"], "has 6 units"),
        (["show", "filters", "lenet5", "--out", "a.png", "--layer", "pool1"], "without weights"),
        (["show", "filters", "lenet5", "--out", "a.png", "--limit", "two"], "two is not a whole number from 1 on"),
        (["show", "filters", "lenet5", "--out", "a.png", "--dpi", "9999"], "--dpi: 9999 is too large"),
        (
            ["show", "filters", "no_such", "--out", "a.png"],
            "Unknown network no_such; give the path of a file, or lenet5",
        ),
        (["show", "activations", "lenet5", "--out", "a.png", "--input", "digits:-1"], "numbered from 0"),
        (["show", "unit", "lenet5", "--out", "a.png", "--input", "digits:1", "--input", "digits:2"], "--input once"),
        (["show", "filters", "no_such.keras", "--out", "a.png"], "no_such.keras"),
        (["show", "activations", "lenet5", "--out", "a.png", "--input", "digits:6000"], "digits:6000"),
        (["show", "activations", "lenet5", "--out", "a.png", "--preprocess", "magic"], "--preprocess magic"),
        (["lenet5", "--preprocess", "magic"], "--preprocess magic"),
        (["show", "filters", "lenet5", "--out", "nowhere/a.png"], "nowhere/a.png"),
        (["list", "everything"], "everything"),
        (["failures", "lenet5"], "failures is not a command: write dlviz show failures."),
        (["pooling"], "pooling is not a command: write dlviz lesson pooling."),
        (["shw", "patches", "lenet5"], "shw is not a command: choose show."),
        (["deck", "lenet5", "--out", "deck.pptx"], "deck is not a command: choose one of show, index"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(capsys, tmp_path, monkeypatch, words, says):
    monkeypatch.chdir(tmp_path)
    assert says in refused(capsys, *words)
    assert not list(tmp_path.iterdir())


def test_a_very_long_name_is_cut(capsys):
    assert len(refused(capsys, "show", "x" * 5000, "lenet5", "--out", "a.png")) == 400


@pytest.mark.parametrize("kind", ["networks", "data", "views", "lessons", "zoo"])
def test_lists_are_json(capsys, kind):
    assert main(["list", kind, "--json"]) == 0
    entries = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert all({"name", "says"} <= entry.keys() for entry in entries)
    extra = {
        "networks": {"kind", "paper", "parameters", "input_shape", "options"},
        "views": {"options"},
        "lessons": {"options", "chapter"},
        "zoo": {"card"},
    }
    assert all(extra.get(kind, set()) <= entry.keys() for entry in entries)
    assert entries


def test_interrupting_is_status_130(monkeypatch):
    def interrupt(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("dlviz.cli.list.run", interrupt)
    assert main(["list"]) == 130


def test_a_closed_pipe_is_no_error():
    words = [sys.executable, "-m", "dlviz", "list", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


def test_doctor_names_the_packages_of_missing_libraries():
    line = screen.install_line({"any": ["libGL.so.1"], "xcb": []})
    assert line == "apt-get install -y libglib2.0-0 libgl1 libfontconfig1"
    assert "libxcb-xinerama0" in screen.install_line({"any": [], "xcb": ["libxcb-icccm.so.4"]})
    assert screen.install_line({"any": [], "xcb": []}) == screen.install_line({}) == ""


def test_a_display_is_found_by_the_environment(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not screen.has_display()
    assert screen.obstacle() == "there is no display"
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert screen.has_display()
    assert screen.obstacle() == ""


@pytest.mark.parametrize("asked", ["xcb", ""])
def test_a_display_that_does_not_answer_is_no_display(monkeypatch, asked):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("QT_QPA_PLATFORM", asked)
    monkeypatch.setenv("DISPLAY", ":6543")
    reason = screen.obstacle()
    assert ":6543 does not answer" in reason or "lacks a library" in reason


def test_without_a_display_the_pictures_are_a_page(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(screen, "has_display", lambda: False)
    some = ("architecture", "activations", "filters", "states", "optimizers")  # a LeNet has no states
    few = {name: views()[name] for name in some}
    monkeypatch.setattr("dlviz.views.views", lambda: few)
    monkeypatch.setattr(window, "LIMIT", 20)
    assert main([]) == 0
    out, err = capsys.readouterr()
    assert "no display" in err.splitlines()[0].lower()
    text = (tmp_path / "lenet5.html").read_text("utf-8")
    assert out.strip() == str(tmp_path / "lenet5.html")
    for title in ("architecture", "conv1", "no. 0 of digits"):
        assert title in text
    assert "Optimizers" not in text


def test_the_python_interface_says_the_same(tmp_path):
    network = dlviz.open_model("lenet5")
    sheet = dlviz.show("activations", network, layer="conv1", units=[2], input="digits:3", contrast="signed")
    assert sheet.arrays["activation"].shape == (28, 28, 6)
    assert sheet.panels[1].scale == "signed"
    dlviz.show("filters", "lenet5", out=tmp_path / "a.npz")
    assert (tmp_path / "a.npz").exists()
    assert dlviz.__dir__() == dlviz.__all__
    with pytest.raises(AttributeError):
        _ = dlviz.nothing


def test_inspect_says_how_a_network_is_fed_and_what_is_broken_in_it(tmp_path, capsys):
    image = keras.Input((8, 8, 3))
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 127.5, -1)(image))
    model = keras.Model(image, keras.layers.Dense(2, name="answer")(x))
    model.get_layer("answer").bias.assign([np.nan, 0])
    model.save(tmp_path / "net.keras")
    assert main(["inspect", str(tmp_path / "net.keras")]) == 0
    says = capsys.readouterr().out
    assert "fed as none, pixels as 0..255, which the network itself brings to -1..1" in says
    assert "Output answer: " in says
    assert "not attention: net has no attention" in says
    assert "layer answer's bias holds NaN in 1 of 2 entries" in says
    assert main(["inspect", str(tmp_path / "net.keras"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["preprocessing"].startswith("Preprocessing is none")
    assert "NaN" in facts["broken_weights"]
    assert facts["inputs"][0]["kind"] == "picture"
    assert facts["views"]["activations"] == ""
