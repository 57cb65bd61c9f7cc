"""Numbers in files: `.npy`, `.npz`, and decoded pictures; all handed over as plain `.npy` files."""

import math
import shutil
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from dlviz.inspect import archive
from dlviz.inspect.refusal import Refused, shown

MAX_BYTES = 2 * 1024**3
MAX_ARRAYS = 10_000
IMAGE = "image.npy"


def read_npz(path: Path, folder: Path) -> dict[str, Any]:
    """Check each array of the archive, leave copies named 0.npy, 1.npy, ... in `folder`, return the report.

    Raises:
        Refused: Python objects, odd members, or more than 2 GiB unpacked.
    """
    with archive.opened(path) as opened:
        members = opened.infolist()
        _check_members(members)
        names = [member.filename.removesuffix(".npy") for member in members]
        found = []
        for index, (name, member) in enumerate(zip(names, members, strict=True)):
            with opened.open(member) as source:
                found.append(_copy(source, folder / f"{index}.npy", name, member.file_size))
    arrays = dict(zip(names, found, strict=True))
    listed = "; ".join(f"{shown(name, 30)} {shape} {dtype}" for name, (shape, dtype) in list(arrays.items())[:6])
    summary = f"{len(names)} array{'s' * (len(names) != 1)}: {listed}."
    facts = {name: {"shape": list(shape), "dtype": dtype} for name, (shape, dtype) in arrays.items()}
    return {
        "kind": "npz",
        "says": summary,
        "facts": {"arrays": facts},
    }


def read_npy(path: Path, folder: Path) -> dict[str, Any]:
    """As `read_npz`, for one array, which is called "array".

    Raises:
        Refused: as `read_npz`.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise Refused("holds more than 2 GiB; store fewer examples in it")
    with path.open("rb") as source:
        shape, dtype = _copy(source, folder / "0.npy", "array", size)
    facts = {"arrays": {"array": {"shape": list(shape), "dtype": dtype}}}
    return {"kind": "npy", "says": f"One array {shape} of {dtype}.", "facts": facts}


def read_picture(path: Path, folder: Path, name: str) -> dict[str, Any]:
    """Decode the picture and leave its pixels, uint8 (height, width, channel), in `folder`.

    Raises:
        UserError: as `dlviz_models.data.image.read_image`.
    """
    from dlviz_models.data.image import read_image

    pixels = read_image(path, name)
    np.save(folder / IMAGE, pixels, allow_pickle=False)
    height, width, channels = pixels.shape
    colour = "grey" if channels == 1 else "colour"
    facts = {"height": height, "width": width, "channels": channels}
    return {"kind": "image", "says": f"A {colour} picture of {width} x {height} pixels.", "facts": facts}


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_ARRAYS:
        raise Refused(f"holds more than {MAX_ARRAYS:,} arrays; store fewer in one file")
    if len({member.filename for member in members}) < len(members):
        raise Refused("holds two arrays of one name; write it again with numpy.savez")
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise Refused("unpacks to more than 2 GiB; store fewer examples in it")
    for member in members:
        if not member.filename.endswith(".npy"):
            raise Refused(f"holds “{shown(member.filename)}”, which is not an array; write it again with numpy.savez")
        archive.check(member, archive.ALWAYS)


def _copy(source: IO[bytes], target: Path, name: str, size: int) -> tuple[tuple[int, ...], str]:
    """Copy one `.npy` stream of `size` bytes whose header tells a plain array of just that size."""
    try:
        version = npy.read_magic(source)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read_header(source)
    except ValueError as error:
        raise Refused(f"holds “{shown(name)}”, which is not an array; write it again with numpy.savez") from error
    if dtype.hasobject or dtype.kind not in "biufcSU":
        raise Refused(f"holds Python objects or records in “{shown(name)}”; save plain number arrays with numpy.savez")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > size:
        raise Refused(f"states that “{shown(name)}” has the shape {shown(shape)}, but does not hold that many numbers; "
                      "download or write it again")  # fmt: skip
    with target.open("wb") as copy:
        npy.write_array_header_2_0(copy, {"descr": dtype.str, "fortran_order": fortran, "shape": shape})
        shutil.copyfileobj(source, copy, 1024**2)
    return shape, str(dtype)
