"""The page to take home, in Chromium, against Keras and against our own reconstruction."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from dlviz import take_home_page
from dlviz.__main__ import main
from dlviz.analysis.reconstruct import MODES, Reconstruction
from dlviz.network import Network
from dlviz.scan.top_patches import Scan
from dlviz.session import Session
from dlviz_models.data import ArrayPictures
from dlviz_models.errors import UserError
from tests.chromium import needs_chromium, result_in


def every_layer() -> keras.Model:
    """A network with each kind of layer and activation that a page can run."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input((17, 15, 3))
    x = layers.Rescaling(1 / 255)(pixels)
    x = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu")(x)
    y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    y = layers.ReLU(max_value=6)(layers.BatchNormalization()(y))
    z = layers.Conv2D(12, 3, padding="same", groups=3, dilation_rate=2, activation="gelu")(x)
    y = layers.Concatenate()([layers.Add()([y, z]), layers.Multiply()([y, z]), layers.Subtract()([y, z])])
    y = layers.AveragePooling2D(2, 1, padding="same")(layers.MaxPooling2D(3, 2, padding="same")(y))
    y = layers.Conv2DTranspose(5, 3, strides=2, padding="same", activation="selu")(y)
    y = layers.UpSampling2D(2)(layers.ZeroPadding2D(((1, 0), (2, 1)))(y))
    y = layers.Conv2D(8, 3, activation="elu")(layers.LeakyReLU(0.1)(y))
    y = layers.Activation("softplus")(layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(y)))
    y = layers.Dense(7, activation="silu")(layers.Dense(9, activation="tanh")(y))
    model = keras.Model(pixels, layers.Softmax()(layers.Dense(5, activation="sigmoid")(y)))
    random = np.random.default_rng(0)
    for weight in model.weights:
        if len(weight.shape) == 1:
            weight.assign(
                random.uniform(0.5, 1.5, weight.shape)
                if "variance" in weight.path
                else random.normal(0, 0.2, weight.shape)
            )
    return model


@pytest.fixture(scope="module")
def mixed() -> Network:
    return Network(every_layer(), "mixed")


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


RUN = """(() => {
  const picture = { shape: content.input, values: Float64Array.from(%s) }, found = network.run(picture);
  const sent = %s.map(([layer, number, mode]) => [...network.back(found, layer, number, mode).values]);
  return { maps: Object.fromEntries([...found].map(([name, x]) => [name, [...x.values]])), sent };
})()"""


@needs_chromium
@pytest.mark.parametrize("which", ["mixed", "lenet5"])
def test_the_page_answers_as_keras_does(which, mixed, session, tmp_path):
    """Every layer's output within 1e-5 of its largest number, and every response sent back likewise."""
    network = session.network("lenet5") if which == "lenet5" else mixed.with_mode("caffe")
    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (9, *network.input_shape), np.uint8)
    page = tmp_path / "page.html"
    take_home_page.write(network, ArrayPictures("noise", pixels), page)
    names = [name for name, layer in network.layers.items() if layer.units]
    fed = network.preprocess.apply(pixels[:1])
    truth = dict(zip(names, map(np.asarray, network.function(tuple(names))(fed)), strict=True))
    asked, sent = [], []
    for name in [n for n in names if network.layers[n].is_map][-1:] + names[-2:-1]:
        number = int(truth[name].argmax())
        *position, unit = np.unravel_index(number, truth[name].shape[1:])
        for mode in MODES:
            asked.append([name, number, mode])
            sent.append(
                Reconstruction(network, name, mode)(
                    fed, np.array([unit]), np.array([position], np.int64).reshape(1, -1)
                )
            )
    found = result_in(page, RUN % (json.dumps(pixels[0].ravel().tolist()), json.dumps(asked)), tmp_path)
    for name in names:
        np.testing.assert_allclose(
            found["maps"][name], truth[name].ravel(), rtol=1e-5, atol=1e-5 * np.abs(truth[name]).max()
        )
    for back, expected in zip(found["sent"], sent, strict=True):
        np.testing.assert_allclose(back, expected.ravel(), atol=2e-5 * np.abs(expected).max())


@needs_chromium
def test_what_is_drawn_is_answered_and_the_top_patches_are_those_of_a_scan(session, tmp_path):
    page = tmp_path / "lenet5.html"
    assert main(["take-home", "lenet5", "--out", str(page)]) == 0
    assert page.stat().st_size < 1_000_000
    assert "http" not in page.read_text("utf-8").replace("http://www.w3.org", "")
    drawn = """(async () => {
      while (!tops.has("conv2")) await new Promise(resume => setTimeout(resume, 20));
      const room = pad.getBoundingClientRect(), at = (kind, x, y) =>
        pad.dispatchEvent(new PointerEvent(kind,
          { clientX: room.left + x * room.width, clientY: room.top + y * room.height }));
      document.getElementById("clear").click();
      at("pointerdown", 0.5, 0.2);
      for (let y = 0.2; y < 0.8; y += 0.05) at("pointermove", 0.5, y);
      at("pointerup", 0.5, 0.8);
      return { one: document.querySelector(".first span").textContent, count: content.pictures.count,
        scores: tops.get("conv2").map(best => best.map(top => top.score)) };
    })()"""
    found = result_in(page, drawn, tmp_path)
    assert found["one"] == "1"
    scan = Scan(session.network("lenet5"), ("conv2",), session.data("digits").select(np.arange(found["count"])), 9)
    list(scan.run())
    np.testing.assert_allclose(found["scores"], scan.top_responses["conv2"].score, rtol=1e-5)


def test_what_no_page_can_run_is_refused_in_a_sentence(tmp_path):
    def refused(model: keras.Model, words: str) -> None:
        with pytest.raises(UserError, match=words):
            take_home_page.write(
                Network(model, "net"),
                ArrayPictures("noise", np.zeros((9, *model.input_shape[1:]), np.uint8)),
                tmp_path / "page.html",
            )

    pixels = keras.Input((8, 8, 1))
    refused(
        keras.Model(pixels, layers.LayerNormalization()(layers.Flatten()(pixels))),
        "cannot run layer .*LayerNormalization",
    )
    refused(
        keras.Model(pixels, layers.Dense(9, activation="mish")(layers.Flatten()(pixels))),
        "cannot run the activation mish",
    )
    large = layers.Dense(take_home_page.MOST_WEIGHTS // 60)(layers.Flatten()(pixels))
    refused(keras.Model(pixels, layers.Dense(9)(large)), "too large for a phone")
    assert not (tmp_path / "page.html").exists()


def test_the_page_is_an_html_file(capsys):
    assert main(["take-home", "lenet5", "--out", "page.pdf"]) == 2
    assert "is an .html file" in capsys.readouterr().err
