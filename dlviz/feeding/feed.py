"""Convert samples to the arrays that a network takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from dlviz.grammar import number_of
from dlviz.jobs import Input
from dlviz_models.data.pictures import Pictures
from dlviz_models.data.pixels import BYTES, are_pixels
from dlviz_models.data.resize import resize_to_input
from dlviz_models.data.samples import Numbers, Picture, Sample, Samples, Several, Sound, Text, Tree
from dlviz_models.errors import UserError
from dlviz_models.tasks.trees import tree_arrays

if TYPE_CHECKING:
    from dlviz.network import Network

Feeds = dict[str, np.ndarray]
"""A batch for each input by name."""


def feeds_of(network: Network, samples: Sequence[Sample]) -> Feeds:
    """The feeds (n, ...) for `samples`, one array per input; texts are padded to the longest.

    Raises:
        UserError: a sample is of a kind or shape that the network does not take.
    """
    match network.sample_kind:
        case "tree":
            return _trees(network, samples)
        case "text" if network.writer:
            source = network.text_layer("source").encode([_text(network, s) for s in samples])
            return {"source": source, "target": network.writer.decoder_input(source)}
        case "several":
            return _several(network, samples)
    (only,) = network.inputs.values()
    return {only.name: _batch(network, only, samples)}


def feeds_from(network: Network, data: Samples, start: int, stop: int) -> Feeds:
    """The feeds for samples start..stop-1 of a data set."""
    if isinstance(data, Pictures) and network.takes_pictures:
        return {network.input: network.feed_from(data, start, stop)}
    return network.feed([data.sample(number) for number in range(start, stop)])


def _raise_on_nan(network: Network, spec: Input, samples: Sequence[Sample], batch: np.ndarray) -> None:
    if batch.dtype.kind != "f" and batch.dtype.name != "bfloat16":
        return
    bad = ~np.isfinite(batch.reshape(len(batch), -1)).all(axis=1)
    if bad.any():
        raise UserError(
            f"{samples[int(bad.argmax())].name[-60:] or 'The sample'} holds NaN or infinite numbers for the input"
            f" {spec.name} of {network.name}: give finite numbers in their place, or leave it out."
        )


def are_equal(one: Feeds, other: Feeds) -> bool:
    """Whether two are the same numbers for the same inputs."""
    return one.keys() == other.keys() and all(np.array_equal(x, other[name]) for name, x in one.items())


def _several(network: Network, samples: Sequence[Sample]) -> Feeds:
    for sample in samples:
        missing = [n for n in network.inputs if not isinstance(sample, Several) or n not in sample.parts]
        if missing:
            raise UserError(
                f"{network.name} has the inputs {', '.join(network.inputs)}, and {sample.name[-60:] or 'the sample'}"
                f" has nothing for {', '.join(missing)}: give each (--input NAME=INPUT)."
            )
    rows = [sample.parts for sample in samples if isinstance(sample, Several)]
    return {name: _batch(network, spec, [row[name] for row in rows]) for name, spec in network.inputs.items()}


def _batch(network: Network, spec: Input, samples: Sequence[Sample]) -> np.ndarray:
    """A batch for one input; UserError if it has NaN or infinity."""
    batch = _unchecked(network, spec, samples)
    _raise_on_nan(network, spec, samples, batch)
    return batch


def _unchecked(network: Network, spec: Input, samples: Sequence[Sample]) -> np.ndarray:
    match spec.kind:
        case "picture":
            return np.stack([_picture(network, spec, s) for s in samples]).astype(spec.dtype)
        case "text" if spec.dtype == "string":
            texts = np.array([_text(network, s) for s in samples], dtype=object)
            return texts.reshape(len(samples), *(1 for _ in spec.shape))
        case "text":
            tokens = network.text_layer(spec.name).encode([_text(network, s) for s in samples])
            return np.maximum(tokens, 0) if tokens.shape[1] else np.zeros((len(samples), 1), np.int32)
        case "sound":
            return _padded([_sound(network, spec, s) for s in samples]).astype(spec.dtype)
    rows = [_numbers(network, spec, s) for s in samples]
    return _padded(rows).astype(spec.dtype)


# -- pictures ------------------------------------------------------------------------------------------------------


def _picture(network: Network, spec: Input, sample: Sample) -> np.ndarray:
    """A preprocessed picture, (height, width, channel)."""
    match sample:
        case Picture(pixels):
            is_raw = pixels.dtype != np.uint8 and (
                network.requested_mode == "none" or (network.requested_mode == "auto" and not are_pixels(sample.range))
            )
            fitted = resize_to(spec, pixels if is_raw else scaled_to_bytes(sample), network.name, network.resizing)
            return fitted if is_raw else network.preprocess_of(spec.name).apply(fitted)
        case Numbers(values):
            height, width, channels = spec.shape
            if values.size == (height or 0) * (width or 0) * (channels or 0):
                return values.reshape(spec.shape)  # type: ignore[arg-type]
            if values.ndim == 3 and values.shape[-1] == channels:
                return values
    raise refusal(network, spec, sample)


def scaled_to_bytes(picture: Picture) -> np.ndarray:
    """The pixels (height, width, channel) scaled to 0..255: uint8 if stored so, else float32."""
    low, high = picture.range
    if picture.pixels.dtype == np.uint8 and (low, high) == BYTES:
        return picture.pixels
    scaled: np.ndarray = (picture.pixels.astype(np.float32) - low) * (255.0 / ((high - low) or 1))
    return scaled


def as_bytes(picture: Picture) -> np.ndarray:
    """The pixels (height, width, channel) rounded to whole numbers in 0..255, uint8."""
    pixels = scaled_to_bytes(picture)
    return pixels if pixels.dtype == np.uint8 else np.rint(pixels).clip(0, 255).astype(np.uint8)


def resize_to(spec: Input, pixels: np.ndarray, network: str, fit: str) -> np.ndarray:
    """Resize pixels (h, w, c) to an input as `fit` says, and convert the channels.

    Raises:
        UserError: the channels cannot be converted.
    """
    height, width = (size or free for size, free in zip(spec.shape[:2], pixels.shape[:2], strict=True))
    return resize_to_input(_in_channels(pixels, spec.shape[2] or pixels.shape[-1], network), (height, width), fit)


def _in_channels(pixels: np.ndarray, channels: int, network: str) -> np.ndarray:
    """Convert between grey and colour; other numbers of channels must match."""
    own = pixels.shape[-1]
    if own == channels:
        return pixels
    if {own, channels} <= {1, 3} or (own, channels) == (4, 3):
        if channels == 3:
            return pixels[..., :3] if own == 4 else np.repeat(pixels, 3, axis=-1)
        if pixels.dtype == np.uint8:
            return np.asarray(Pillow.fromarray(pixels).convert("L"))[..., None]
        return pixels @ np.array([[0.299], [0.587], [0.114]], np.float32)
    raise UserError(
        f"{network} takes pictures of {number_of(channels, 'channel')}, and this one has {own}: give an .npy or .npz"
        " file of such pictures."
    )


# -- texts, sounds, numbers, trees ---------------------------------------------------------------------------------


def _text(network: Network, sample: Sample) -> str:
    if not isinstance(sample, Text):
        raise refusal(network, next(iter(network.inputs.values())), sample)
    return sample.text


def _sound(network: Network, spec: Input, sample: Sample) -> np.ndarray:
    """A sound as (time, 1) or (time,), cut or zero-padded to the length of the input."""
    if isinstance(sample, Numbers):
        return _numbers(network, spec, sample)
    if not isinstance(sample, Sound):
        raise refusal(network, spec, sample)
    samples = sample.samples
    if spec.shape[0]:
        samples = np.zeros(spec.shape[0], np.float32)
        samples[: len(sample.samples)] = sample.samples[: spec.shape[0]]
    return samples[:, None] if len(spec.shape) == 2 else samples


def _numbers(network: Network, spec: Input, sample: Sample) -> np.ndarray:
    """An array of the input's shape."""
    match sample:
        case Numbers(values):
            pass
        case Picture(pixels):
            is_scaled = spec.vocabulary == 0 and are_pixels(sample.range)
            values = network.preprocess_of(spec.name).apply(scaled_to_bytes(sample)) if is_scaled else pixels
        case Sound(samples):
            values = samples
        case Text(text) if spec.vocabulary and text.replace(" ", "").replace(",", "").isdigit():
            values = np.array([int(word) for word in text.replace(",", " ").split()])
        case _:
            raise refusal(network, spec, sample)
    fitted = fit_shape(values, spec.shape, pad=bool(spec.vocabulary))
    if fitted is None:
        raise UserError(
            f"{network.name} takes arrays of shape {_shape(spec.shape)}, and {sample.name[-60:] or 'the sample'} has"
            f" {_shape(values.shape)}: give one of that shape{_too_many_columns(spec, sample)}."
        )
    if spec.vocabulary and not (fitted.min(initial=0) >= 0 and fitted.max(initial=0) < spec.vocabulary):
        raise UserError(
            f"{network.name} takes token numbers 0 to {spec.vocabulary - 1}, and"
            f" {sample.name[-60:] or 'the sample'} holds {fitted.max()}: give numbers in that range."
        )
    return fitted


def _too_many_columns(spec: Input, sample: Sample) -> str:
    """The end of a sentence on how to mark the target column of a table; empty for other samples."""
    names = sample.names if isinstance(sample, Numbers) else ()
    if len(spec.shape) != 1 or len(names) <= (spec.shape[0] or len(names)):
        return ""
    return f", and call the column of what is right target or y; the columns are {', '.join(names)[:150]}"


def fit_shape(values: np.ndarray, shape: tuple[int | None, ...], pad: bool = False) -> np.ndarray | None:
    """Reshape `values`, of any shape, to `shape`, in which None is an open size; None if that is impossible.

    Allowed are different axes of size 1 and, without open sizes, any shape of the same size. With `pad`, a short
    sequence of tokens is padded with zeros.
    """
    squeezed = [n for n in shape if n != 1]
    if values.ndim != len(shape) and values.ndim == len(squeezed):
        values = values.reshape([values.shape[[i for i, m in enumerate(shape) if m != 1].index(k)] if n != 1 else 1
                                 for k, n in enumerate(shape)])  # fmt: skip
    if values.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, values.shape, strict=True)):
        return values
    sizes = [n for n in shape if n is not None]
    if len(sizes) == len(shape) and values.size == np.prod(sizes):
        return values.reshape(sizes)
    if pad and len(shape) == 1 and values.ndim == 1 and shape[0] and len(values) < shape[0]:
        return np.pad(values, (0, shape[0] - len(values)))
    return None


def _padded(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Stack arrays that may differ in length along the first axis, padded with zeros at the end."""
    if len({row.shape for row in rows}) == 1:
        return np.stack(rows)
    length = max(len(row) for row in rows)
    return np.stack([np.pad(row, [(0, length - len(row)), *[(0, 0)] * (row.ndim - 1)]) for row in rows])


def _trees(network: Network, samples: Sequence[Sample]) -> Feeds:
    words, left, right = network.inputs
    trees = []
    for sample in samples:
        if not isinstance(sample, Tree):
            raise refusal(network, network.inputs[words], sample)
        trees.append(replace(sample, target=np.zeros(2 * len(sample.words) - 1, np.int32)))
    x: Any = tree_arrays(trees, network.text_layer(words)).x
    return {words: x["words"], left: x["left"], right: x["right"]}


def refusal(network: Network, spec: Input, sample: Sample) -> UserError:
    """The error for a sample of the wrong kind."""
    wanted = {
        "picture": "pictures: give an image file or SOURCE:INDEX",
        "text": "texts: give text:WORDS",
        "sound": "sounds: give a .wav file or SOURCE:INDEX",
        "tree": "parse trees: give tree:(3 (2 a) (4 film)) or SOURCE:INDEX",
        "numbers": f"numbers of shape {_shape(spec.shape)}: give numbers:0.2,1,0, an .npy file or SOURCE:INDEX",
    }[spec.kind]
    if spec.vocabulary and spec.kind == "numbers":
        wanted = f"numbers of tokens below {spec.vocabulary:,}, whose words are not in its file: give numbers:4,18,2"
    actual = {"numbers": "an array of numbers", "several": "of several inputs"}.get(sample.kind, f"a {sample.kind}")
    return UserError(f"{network.name} takes {wanted}; {sample.name[-60:] or 'the sample'} is {actual}.")


def _shape(shape: Sequence[int | None]) -> str:
    return "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"
