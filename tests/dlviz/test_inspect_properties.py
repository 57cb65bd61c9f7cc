"""What holds for any file, configuration and array, tried on many."""

import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from dlviz.inspect import child
from dlviz.inspect.allowed import ALLOWED, REGISTERED
from dlviz.inspect.config import Cleaner
from dlviz.inspect.protobuf import Message
from dlviz.inspect.refusal import Refused, shown
from dlviz.options import configure, options_of
from dlviz.views import views
from dlviz_models.data.texts import pairs_of
from dlviz_models.errors import UserError
from tests.dlviz import hostile, hostile_data

FEW = settings(max_examples=60, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=300, suppress_health_check=list(HealthCheck))


def looked_into(content: bytes) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(content)
        found = Path(folder, "found")
        found.mkdir()
        return child.report_on(path, found)


def contents() -> list[bytes]:
    """Small valid files of every kind."""
    with tempfile.TemporaryDirectory() as folder:
        kept = [hostile.good_keras(Path(folder)).read_bytes(), hostile.weights()]
    arrays = io.BytesIO()
    np.savez(arrays, x=np.arange(6).reshape(2, 3), y=np.zeros(2))
    kept += [
        arrays.getvalue(),
        hostile_data.npy((2,), content=bytes(8)),
        hostile_data.graph(hostile_data.node("MatMul")),
    ]
    kept += [hostile_data.encoded(kind) for kind in ("PNG", "JPEG", "GIF", "WEBP")]
    return [*kept, hostile_data.idx(2, 3, 3, content=bytes(18)), b"one\teins\ntwo\tzwei\n", b"(3 (2 It) (4 works))\n"]


VALID = contents()


@MANY
@given(st.sampled_from(VALID), st.data())
def test_damaged_files_are_reported_on(content: bytes, data: st.DataObject) -> None:
    """Bytes changed, left out and put in: an error never leaves the report."""
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(damaged) - 1)))
        size = data.draw(st.integers(0, 40))
        damaged[at : at + size] = data.draw(st.binary(max_size=40))
    check_report(looked_into(bytes(damaged)))


@FEW
@given(st.binary(max_size=200))
def test_noise_is_reported_on(content: bytes) -> None:
    check_report(looked_into(content))


def check_report(report: dict[str, Any]) -> None:
    sentence = report.get("refused") or report["says"]
    assert sentence.isprintable()
    assert len(sentence) <= 400
    assert sentence.endswith(".")
    json.dumps(report)


NAMES = st.sampled_from(
    ["Dense", "Lambda", "Sequential", "Functional", "function", "__lambda__", "__numpy__", "__tensor__", "__typespec__",
     "GlorotUniform", "DTypePolicy", "relu", "TFSMLayer", "StringLookup", "Popen", *REGISTERED]
) | st.text(max_size=5)  # fmt: skip
MODULES = st.sampled_from([None, "keras", "keras.layers", "keras.src.ops.numpy", "builtins", "os", "keras.config"])
KEYS = st.sampled_from(["name", "layers", "config", "activation", "kernel_initializer", "dtype", "vocabulary", "layer"])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | NAMES
CONFIGS: st.SearchStrategy[Any] = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.fixed_dictionaries(
            {"class_name": NAMES, "config": st.dictionaries(KEYS, inner, max_size=3) | inner},
            optional={"module": MODULES, "registered_name": NAMES | st.none(), "inbound_nodes": inner},
        )
    ),
    max_leaves=15,
)


@MANY
@given(CONFIGS, st.sampled_from([(), ("mine:Popen", "mine:Lambda")]))
def test_clean_configurations_hold_allowed_names_alone(config: Any, trust: tuple[str, ...]) -> None:
    try:
        clean = Cleaner(trust).network(hostile.network(hostile.layer("Dense", {"units": 1, "mine": config})))
    except Refused:
        return
    for thing in objects(clean):
        module, name, registered = thing["module"], thing["class_name"], thing["registered_name"]
        if module is None:
            assert registered in REGISTERED or registered in trust
            assert registered.endswith(name) or thing["config"] == registered
        else:
            table = "keras.models" if "models" in module else "keras.dtype_policies" if module == "keras" else module
            assert name in ALLOWED[table]
            assert registered is None


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every part that Keras would make an object of."""
    if isinstance(value, dict):
        if "class_name" in value and not value["class_name"].startswith("__"):
            yield value
        for inside in value.values():
            yield from objects(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from objects(inside)


NUMBERS = st.sampled_from(["<f4", ">f8", "<i8", "|u1", "|b1", "<f2", ">c16", "<U3"])


@FEW
@given(NUMBERS.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=5))))
def test_arrays_come_as_they_were_stored(array: np.ndarray) -> None:
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder, "x.npz"), x=array)
        report = child.report_on(Path(folder, "x.npz"), Path(folder))
        assert report["facts"]["arrays"]["x"] == {"shape": list(array.shape), "dtype": str(array.dtype)}
        found = np.load(Path(folder, "0.npy"))
    assert found.tobytes() == array.tobytes()
    assert found.dtype == array.dtype


@FEW
@given(
    st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"]),
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from(["PNG", "GIF", "WEBP", "JPEG"]),
)
def test_pictures_of_any_size(mode: str, width: int, height: int, kind: str) -> None:
    image = Image.new(mode, (width, height), 1 if mode in ("1", "L", "P", "I;16") else None)
    buffer = io.BytesIO()
    try:
        image.save(buffer, kind)
    except (OSError, ValueError):  # the format has no such pictures
        return
    report = looked_into(buffer.getvalue())
    assert (report["facts"]["height"], report["facts"]["width"]) == (height, width)


@FEW
@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 2**64 - 1) | st.binary(max_size=300)), max_size=10))
def test_protocol_buffers(parts: list[tuple[int, int | bytes]]) -> None:
    content = b"".join(hostile_data.field(number, value) for number, value in parts)
    found = [(number, value if isinstance(value, int) else bytes(value)) for number, value in Message(content, [1000])]
    assert found == parts


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(str.strip)


@FEW
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_pairs_of_texts(pairs: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        path.write_bytes("".join(f"{one}\t{two}\n" for one, two in [("a", "b"), *pairs]).encode())
        child.report_on(path, Path(folder))
        texts, targets = json.loads(Path(folder, "texts.json").read_text())
        assert (texts, targets) == pairs_of(path)
    assert list(zip(texts, targets, strict=True)) == [("a", "b"), *pairs]


@FEW
@given(st.text(), st.integers(2, 80))
def test_shown_text_is_plain_and_short(text: str, most: int) -> None:
    assert shown(text, most).isprintable()
    assert len(shown(text, most)) <= most


@pytest.mark.parametrize("name", sorted(views()))
@settings(max_examples=25)
@given(st.data())
def test_options_take_what_they_say_or_refuse_it(name: str, data: st.DataObject) -> None:
    view = views()[name]
    for option in options_of(view):
        value = data.draw(st.text(max_size=8) | st.integers().map(str) | st.floats().map(str))
        try:
            configured = getattr(configure(view, {option.name: value}), option.name)
        except UserError:
            continue
        assert isinstance(configured, option.type)
        if option.choices:
            assert configured in option.choices
        if not isinstance(configured, str | bool):
            assert option.low is None or (np.ravel(configured) >= option.low).all()
            assert option.high is None or (np.ravel(configured) <= option.high).all()
