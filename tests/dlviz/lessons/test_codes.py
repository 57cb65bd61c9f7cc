"""Principal components by SVD, deep codes by Keras."""

import keras
import numpy as np
import pytest
from PIL import Image

from dlviz.api import open_model
from dlviz.by_hand.belief_net import read
from dlviz.by_hand.codes import SIZE, components, decode, digits, encode, project, rebuild
from dlviz.films import last
from dlviz.lessons.codes import CODES, Codes, best_number, digit
from dlviz_models.errors import UserError


def test_components_are_the_first_singular_vectors():
    x = digits().astype(float)
    mean, u = components()
    _, _, vectors = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs((u * vectors[:SIZE]).sum(axis=1)), 1, atol=1e-4)
    best = (x - mean) @ vectors[:SIZE].T @ vectors[:SIZE] + mean
    np.testing.assert_allclose(rebuild(project(digits())), best, atol=1e-3)


def test_deep_codes_and_pictures_are_kerass():
    model = open_model("autoencoder").model
    middle = keras.Model(model.input, model.get_layer("code").output)
    pixels = (255 * digits()[:20]).reshape(-1, 28, 28, 1)
    np.testing.assert_allclose(encode(digits()[:20]), middle.predict(pixels, verbose=0), atol=1e-4)
    np.testing.assert_allclose(
        decode(encode(digits()[:20])), model.predict(pixels, verbose=0).reshape(20, -1), atol=1e-5
    )


def test_the_deep_code_loses_less_as_published():
    """Hinton and Salakhutdinov: 13.87 by principal components, 3.00 by the autoencoder."""
    errors = [((rebuild(project(digits())) - digits()) ** 2).sum(axis=1).mean(),
              ((decode(encode(digits())) - digits()) ** 2).sum(axis=1).mean()]  # fmt: skip
    assert errors == pytest.approx([13.87, 3.00], rel=0.2)


def test_a_code_changed_by_hand_is_decoded():
    z = np.array(last(Codes, {}).values["deep"], np.float32)
    z[4] += 3
    found = last(Codes, {"deep": tuple(z.tolist())}).arrays
    np.testing.assert_array_equal(found["deep autoencoder"], decode(z[None])[0])
    with pytest.raises(UserError, match="has 3 numbers: give 30"):
        last(Codes, {"linear": (1, 2, 3)})


def test_the_way_from_one_code_to_the_other():
    first, half, end = (last(Codes, {"step": step}).arrays for step in (0, 10, 20))
    for name in ("picture", *(f"{code}:code" for code in CODES)):
        np.testing.assert_allclose(half[name], (first[name] + end[name]) / 2, atol=1e-5)
    np.testing.assert_allclose(end["picture"], digit("digits:34"))


def test_the_number_that_turns_a_digit_does_so():
    place, value, sure = best_number("digits:31", 8, "deep autoencoder")
    z = encode(digit("digits:31")[None])
    z[0, place] = value
    assert read(decode(z))[0].argmax() == 8
    assert read(decode(z))[0, 8] == pytest.approx(sure, abs=1e-4)
    assert f"number {place + 1}" in last(Codes, {}).answer


def test_a_picture_of_ones_own_is_put_in_the_middle(tmp_path):
    Image.fromarray(np.full((14, 28), 255, np.uint8)).save(tmp_path / "bar.png")
    x = digit(str(tmp_path / "bar.png")).reshape(28, 28)
    assert x[7:21].min() == 1
    assert x[:7].max() == x[21:].max() == 0
