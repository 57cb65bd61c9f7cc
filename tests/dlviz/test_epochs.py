"""A folder of kept epochs opens as one network whose epoch is chosen; its films have a frame for each."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image as Pillow

import dlviz
from dlviz.__main__ import main
from dlviz.cli.requests import read_command
from dlviz.engine.shown_sheets import ShownSheets
from dlviz.engine.work import identify, work
from dlviz.epochs import as_film, at_each_epoch
from dlviz.jobs import Export, Request
from dlviz.request_text import command, python
from dlviz.session import Session
from dlviz.sheet import Bars, Matrix, Sheet, Tiles
from dlviz_models.cards import Card
from dlviz_models.errors import UserError
from dlviz_models.kept_epochs import epoch_path
from dlviz_models.training.run import save_network

EPOCHS = (1, 2, 10)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A network of one weight, which is the number of the epoch."""
    folder = tmp_path_factory.mktemp("kept") / "run"
    folder.mkdir()
    x = keras.Input((2, 2, 1))
    model = keras.Model(x, keras.layers.Conv2D(1, 1, use_bias=False, name="times")(x))
    for epoch in EPOCHS:
        model.set_weights([np.full((1, 1, 1, 1), epoch, np.float32)])
        save_network(model, epoch_path(folder, epoch), Card())
    (folder / "notes.txt").write_text("not an epoch")
    return folder


@pytest.mark.parametrize(("epoch", "weight"), [(0, 10), (1, 1), (2, 2), (10, 10)])
def test_an_epoch_has_its_own_weights(run, epoch, weight):
    sheet = dlviz.show("filters", run, epoch=epoch)
    assert sheet.arrays["weights"].ravel().tolist() == [weight]
    assert sheet.title.startswith(f"run, epoch {weight} ")
    assert dlviz.open_model(run, epoch=epoch).model.get_weights()[0].item() == weight


def test_an_epoch_that_is_not_there_is_refused(run):
    with pytest.raises(UserError, match=r"run has no epoch 3: choose one of 1, 2, 10\."):
        dlviz.open_model(run, epoch=3)
    with pytest.raises(UserError, match=r"lenet5.keras is one network, not a folder of epochs"):
        dlviz.open_model("lenet5", epoch=3)


def test_the_window_is_told_the_epochs(run):
    described = Session().describe(str(run))
    assert (described.name, described.epochs) == ("run", EPOCHS)
    assert Session().describe("lenet5").epochs == ()
    assert identify(Session(), str(run)).holds == "network"


def test_a_request_at_each_epoch(run):
    request = Request("filters", str(run))
    assert [r.epoch for r in at_each_epoch(request)] == [1, 2, 0]  # 0: the last
    assert at_each_epoch(Request("filters", str(run), epoch=2)) == [Request("filters", str(run), epoch=2)]
    assert at_each_epoch(Request("filters", "lenet5")) == [Request("filters", "lenet5")]


def test_a_line_says_the_epoch_again():
    request = Request("filters", "run", epoch=2)
    assert command(request) == "dlviz show filters run --epoch 2"
    assert read_command(command(request)) == request
    assert 'dlviz.show("filters", "run", epoch=2)' in python(request)


def test_a_film_has_a_frame_for_each_epoch(run, tmp_path):
    words = ["show", "filters", str(run)]
    assert main([*words, "--out", str(tmp_path / "all.gif")]) == 0
    assert main([*words, "--epoch", "2", "--out", str(tmp_path / "one.gif")]) == 0
    with Pillow.open(tmp_path / "all.gif") as film, Pillow.open(tmp_path / "one.gif") as one:
        assert (film.n_frames, one.n_frames) == (3, 1)
    dlviz.show("filters", run, out=tmp_path / "all.html")
    page = (tmp_path / "all.html").read_text("utf-8")
    assert page.count("<div class=film") == 1
    assert [page.count(f"run, epoch {n} · times · filters</h1>") for n in EPOCHS] == [1, 1, 1]


def test_grey_means_the_same_in_all_frames_of_a_film():
    tiles = [Tiles(np.array([epoch, -5.0 * epoch]).reshape(2, 1, 1, 1), "signed") for epoch in EPOCHS]
    frames = as_film([Sheet("", "", (each,)) for each in tiles])
    shares = np.array(EPOCHS) / max(EPOCHS)  # of what each tile is at most
    for tile, sign in enumerate((1, -1)):
        greys = [int(frame.panels[0].images[tile, 0, 0, 0]) for frame in frames]
        np.testing.assert_allclose(greys, 127.5 * (1 + sign * shares), atol=0.5)


def test_colours_and_bars_mean_the_same_in_all_frames_of_a_film():
    values = [np.array([[-1.0, 0.5]]), np.array([[4.0, 2.0]])]
    matrices = [Matrix(each, ("a",), ("b", "c")) for each in values]
    bars = [Bars(("b", "c"), each[0]) for each in values]
    frames = as_film([Sheet("", "", panels) for panels in zip(matrices, bars, strict=True)])
    assert [frame.panels[0].ends for frame in frames] == [(-1, 4), (-1, 4)]
    assert [frame.panels[1].ends for frame in frames] == [(-4, 4), (0, 4)]


def test_the_window_exports_all_epochs_whichever_is_shown(run, tmp_path):
    job = Export(Request("filters", str(run), epoch=2), str(tmp_path / "all.webp"))
    list(work(Session(), ShownSheets(), job))
    with Pillow.open(tmp_path / "all.webp") as film:
        assert film.n_frames == 3
    list(work(Session(), ShownSheets(), Export(job.request, str(tmp_path / "all.html"))))
    assert (tmp_path / "all.html").read_text("utf-8").count("<section") == 3


def test_the_view_has_a_row_for_each_epoch(run):
    sheet = dlviz.show("epochs", run, layer="times", input=np.full((2, 2, 1), 255, np.uint8), preprocess="unit")
    np.testing.assert_allclose(sheet.arrays["activation"], np.reshape(EPOCHS, (3, 1, 1, 1)) * np.ones((3, 2, 2, 1)))
    assert sheet.panels[-1].row_labels == ("epoch 1", "epoch 2", "epoch 10")
    until = dlviz.show("epochs", run, layer="times", input=np.zeros((2, 2, 1), np.uint8), epoch=2)
    assert until.panels[-1].row_labels == ("epoch 1", "epoch 2")
    with pytest.raises(UserError, match="lenet5 is one network, and epochs is for a folder"):
        dlviz.show("epochs", "lenet5", layer="conv1", input="digits:7")


def test_the_first_epoch_is_compared_with_none(run):
    sheet = dlviz.show("epochs", run, epoch=1)
    assert sheet.summary.endswith("after epoch 1, the first that was kept.")
    assert len(sheet.arrays["activation"]) == 1


def test_inspect_says_what_the_folder_is(run, capsys):
    assert main(["inspect", str(run), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["kind"], said["epochs"]) == ("epochs", list(EPOCHS))
    assert said["says"] == "The networks that 3 epochs of a training left, 1 to 10."


def test_training_keeps_what_opens(tmp_path: Path):
    kept = tmp_path / "kept"
    dlviz.train("logistic", "digits", tmp_path / "net.keras", epochs=2, limit=100, keep_epochs=kept)
    assert Session().describe(str(kept)).epochs == (1, 2)
    first, last = (dlviz.open_model(kept, epoch=n).model.get_weights()[0] for n in (1, 2))
    assert np.abs(first - last).max() > 0
