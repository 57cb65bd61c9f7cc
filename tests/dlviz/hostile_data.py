"""Broken and hostile pictures, arrays, data sets, archives and SavedModels, made by code; as in `hostile`."""

import gzip
import io
import json
import os
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.dlviz.hostile import METADATA, Made, Payload, layer, members, network, object_arrays, with_bytes, write_zip

# -- SavedModels, written without TensorFlow ------------------------------------------------------------------------


def field(number: int, content: bytes | str | int) -> bytes:
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def node(operation: str, *attributes: bytes) -> bytes:
    return field(1, "n") + field(2, operation) + b"".join(field(5, attribute) for attribute in attributes)


def graph(*nodes: bytes, functions: dict[str, list[bytes]] | None = None) -> bytes:
    inside = b"".join(field(1, each) for each in nodes)
    library = b"".join(
        field(1, field(1, field(1, name)) + b"".join(field(3, each) for each in inner))
        for name, inner in (functions or {}).items()
    )
    return field(1, 1) + field(2, field(1, field(5, "2.21.0")) + field(2, inside + field(2, library)))


def saved_model(content: bytes, **more: bytes) -> Made:
    def make(folder: Path, marker: Path) -> Path:
        (folder / "net").mkdir()
        (folder / "net" / "saved_model.pb").write_bytes(content)
        for name, data in more.items():
            (folder / "net" / f"{name}.pb").write_bytes(data)
        return folder / "net"

    return make


def of_keras_2(metadata: bytes) -> Made:
    return saved_model(graph(), keras_metadata=metadata)


def with_pipe(folder: Path, marker: Path) -> Path:
    path = of_keras_2(noted(network()))(folder, marker)
    (path / "variables").mkdir()
    os.mkfifo(path / "variables" / "variables.index")
    return path


def noted(of_network: Any) -> bytes:
    """What Keras 2 notes of a network beside its graph."""
    text = of_network if isinstance(of_network, str) else json.dumps(of_network)
    return field(1, field(2, 0) + field(3, "root") + field(5, text))


def in_function(operation: str, *attributes: bytes, name: str = "__inference_call_7") -> Made:
    return saved_model(graph(node("Placeholder"), functions={"f": [], name: [node(operation, *attributes)]}))


LAMBDA = layer("Lambda", {"name": "evil", "function": "x"})
TO_FILE = field(1, "output_stream") + field(2, field(2, "file:///tmp/evil"))

# -- pictures -------------------------------------------------------------------------------------------------------


def png(width: int, height: int, *chunks: tuple[bytes, bytes], pixels: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    extra = b"".join(chunk(*each) for each in chunks)
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def encoded(kind: str, **how: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(buffer, kind, **how)
    return buffer.getvalue()


def many_scans() -> bytes:
    content = encoded("JPEG", progressive=True)
    start = content.rfind(b"\xff\xda")
    return content[:start] + content[start:-2] * 2000 + content[-2:]


def webp_canvas() -> bytes:
    """An animation of 16,383 x 16,383 pixels whose only frame is small."""
    frame = encoded("WEBP", lossless=True)[12:]
    canvas = struct.pack("<I", 0x02) + (16_382).to_bytes(3, "little") * 2
    part = bytes(6) + (63).to_bytes(3, "little") * 2 + bytes(4) + frame
    chunks = b"VP8X" + struct.pack("<I", 10) + canvas + b"ANIM" + struct.pack("<I", 6) + bytes(6)
    chunks += b"ANMF" + struct.pack("<I", len(part)) + part
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def huge_bmp() -> bytes:
    content = bytearray(encoded("BMP"))
    content[18:26] = struct.pack("<ii", 50_000, 40_000)
    return bytes(content)


def tiff(*entries: tuple[int, int], following: int = 0) -> bytes:
    """A TIFF of whole numbers as tags, little-endian, and where the next list stands."""
    listed = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + listed + struct.pack("<I", following) + bytes(64)


def huge_tiff() -> bytes:
    return tiff(
        (256, 50_000), (257, 40_000), (258, 8), (259, 1), (262, 1), (273, 80), (277, 1), (278, 40_000), (279, 64)
    )


def circle_tiff() -> bytes:
    return tiff((330, 8), (256, 4), following=8)


# -- recordings -----------------------------------------------------------------------------------------------------


def wav(data: bytes = bytes(16), channels: int = 1, bits: int = 16, form: int = 1) -> bytes:
    frame = channels * bits // 8
    head = struct.pack("<HHIIHH", form, channels, 8000, 8000 * frame % 2**32, frame % 2**16, bits)
    inside = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


# -- arrays and archives --------------------------------------------------------------------------------------------


def npy(shape: Any, descr: Any = "<f4", content: bytes = b"", fortran: Any = False) -> bytes:
    text = f"{{'descr': {descr!r}, 'fortran_order': {fortran!r}, 'shape': {shape!r}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content


def npz(**arrays: bytes) -> Made:
    return lambda folder, marker: write_zip(
        folder / "data.npz", {f"{name}.npy": data for name, data in arrays.items()}, packed=True
    )


def npz_member(name: str) -> Made:
    return lambda folder, marker: write_zip(folder / "data.npz", {"x.npy": npy((1,), content=bytes(4)), name: b"x"})


def packed_with(method: int) -> Made:
    def make(folder: Path, marker: Path) -> Path:
        with zipfile.ZipFile(folder / "net.keras", "w", method) as archive:
            for name, data in members().items():
                archive.writestr(name, data)
        return folder / "net.keras"

    return make


def endless_list(folder: Path, marker: Path) -> Path:
    """A zip archive whose end tells of a list of members of 3 GB."""
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 65_535, 65_535, 3_000_000_000, 0, 0)
    return with_bytes(b"PK\x03\x04" + bytes(100) + end)(folder, marker)


def long_list(folder: Path, marker: Path) -> Path:
    with zipfile.ZipFile(folder / "net.keras", "w") as archive:
        for index in range(40_000):
            archive.writestr(f"{index:0100d}", b"")
    return folder / "net.keras"


def lying_size(folder: Path, marker: Path) -> Path:
    """The list of members says that the configuration is shorter than it is."""
    path = write_zip(folder / "net.keras", members())
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02", content.find(b"PK\x01\x02") + 4)
    content[at + 20 : at + 28] = struct.pack("<LL", 20, 20)
    path.write_bytes(content)
    return path


def large_config(folder: Path, marker: Path) -> Path:
    return write_zip(folder / "net.keras", members(b" " * (65 * 2**20)))


def many_lists(folder: Path, marker: Path) -> Path:
    """A configuration of 60 MB that would be gigabytes in memory."""
    return write_zip(folder / "net.keras", members(b"[" + b"[]," * (20 * 2**20) + b"[]]"))


# -- idx, texts, folders --------------------------------------------------------------------------------------------


def idx(*shape: int, content: bytes = b"", kind: int = 8) -> bytes:
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + content


def idx_bomb(folder: Path, marker: Path) -> Path:
    return with_bytes(gzip.compress(idx(500_000, 28, 28, content=bytes(60 * 2**20)), 9), "train-images")(folder, marker)


def text_bomb(folder: Path, marker: Path) -> Path:
    return with_bytes(gzip.compress(b"a\tb\n" * (15 * 2**20), 9), "pairs.tsv.gz")(folder, marker)


def picture_folder(change: Callable[[Path], object]) -> Made:
    def make(folder: Path, marker: Path) -> Path:
        for name in ("cats", "dogs"):
            (folder / "animals" / name).mkdir(parents=True)
            Image.new("L", (3, 3)).save(folder / "animals" / name / "1.png")
        change(folder / "animals")
        return folder / "animals"

    return make


def _socket(folder: Path, marker: Path) -> Path:
    here = os.getcwd()
    os.chdir(folder)  # the paths of sockets may have 107 letters
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("net.keras")
    os.chdir(here)
    return folder / "net.keras"


def _linked_pipe(folder: Path, marker: Path) -> Path:
    os.mkfifo(folder / "pipe")
    (folder / "net.keras").symlink_to(folder / "pipe")
    return folder / "net.keras"


def _unpacked(folder: Path, marker: Path) -> Path:
    for name, data in members().items():
        (folder / "net").mkdir(exist_ok=True)
        (folder / "net" / name).write_bytes(data)
    return folder / "net"


def _closed(folder: Path, marker: Path) -> Path:
    (folder / "net.keras").symlink_to(folder / "net.keras")
    return folder / "net.keras"


REFUSED: dict[str, tuple[Made, str]] = {
    # SavedModels
    "SavedModel that reads": (in_function("ReadFile"), "ReadFile"),
    "SavedModel that writes": (in_function("WriteFile"), "WriteFile"),
    "SavedModel that lists": (in_function("MatchingFiles"), "MatchingFiles"),
    "SavedModel that prints to a file": (in_function("PrintV2", TO_FILE), "PrintV2"),
    "SavedModel that runs Python": (in_function("EagerPyFunc"), "runs a program"),
    "SavedModel that runs numpy": (in_function("PyFunc"), "runs a program"),
    "SavedModel that runs stateless Python": (in_function("PyFuncStateless"), "runs a program"),
    "SavedModel that saves elsewhere": (in_function("SaveV2"), "SaveV2"),
    "SavedModel that restores elsewhere": (in_function("RestoreV2"), "RestoreV2"),
    "SavedModel with records": (in_function("TFRecordDataset"), "TFRecordDataset"),
    "SavedModel with a table in a file": (in_function("InitializeTableFromTextFileV2"), "InitializeTable"),
    "SavedModel with a summary": (in_function("CreateSummaryFileWriter"), "Summary"),
    "SavedModel that caches": (in_function("CacheDatasetV2"), "CacheDataset"),
    "SavedModel that calls elsewhere": (in_function("RpcCall"), "RpcCall"),
    "SavedModel with code in its graph": (saved_model(graph(node("PyFunc"))), "its graph"),
    "SavedModel that saves itself": (in_function("SaveV2", name="__inference__traced_save_33"), "no Keras network"),
    "SavedModel of Keras 2 that is empty": (of_keras_2(b""), "damaged"),
    "SavedModel of Keras 2 with a pipe": (with_pipe, "pipe"),
    "SavedModel of Keras 2 of noise": (of_keras_2(b"\xff" * 100), "damaged"),
    "SavedModel of Keras 2 of a class": (of_keras_2(noted({"class_name": "Mine"})), "subclassed network"),
    "SavedModel of Keras 2 with a Lambda": (of_keras_2(noted(network(LAMBDA))), "Lambda"),
    "SavedModel of Keras 2 without weights": (of_keras_2(noted(network())), "without its weights"),
    "SavedModel of Keras 2 whose layers are noise": (of_keras_2(noted({"config": {"layers": "x"}})), "no network"),
    "SavedModel of Keras 2 in endless lists": (of_keras_2(noted("[" * 100_000)), "damaged"),
    "SavedModel cut off": (saved_model(graph(node("Placeholder"))[:-9]), "damaged"),
    "SavedModel of noise": (saved_model(b"\xff" * 1000), "damaged"),
    "SavedModel of tiny fields": (saved_model(field(2, field(2, b"\x08\x00" * 4_000_000))), "too large"),
    "graph alone": (with_bytes(graph(node("ReadFile")), "saved_model.pb"), "ReadFile"),
    "packed SavedModel": (lambda f, m: write_zip(f / "n.zip", {"n/saved_model.pb": graph()}), "packed SavedModel"),
    "checkpoint": (with_bytes(b"\0\0\6\x08\1\x1a\x02\x08\1" + bytes(80), "net.index"), "checkpoint"),
    # archives
    "member in an unusual packing": (packed_with(zipfile.ZIP_LZMA), "unusual"),
    "member packed by bzip2": (packed_with(zipfile.ZIP_BZIP2), "unusual"),
    "endless list of members": (endless_list, "far too many"),
    "40,000 members": (long_list, "far too many"),
    "member that is longer than it says": (lying_size, "damaged"),
    "config of 65 MiB": (large_config, "64 MiB"),
    "config of many lists": (many_lists, "parts"),
    "metadata of 2 MiB": (lambda f, m: write_zip(f / "n.keras", members() | {"metadata.json": METADATA + b" " * 2**21}),
                          "metadata.json"),
    "metadata no JSON": (lambda f, m: write_zip(f / "n.keras", members() | {"metadata.json": b"{"}), "metadata.json"),
    "member with a backslash": (lambda f, m: write_zip(f / "n.keras", members() | {"..\\evil": b""}), "evil"),
    "folder as member": (lambda f, m: write_zip(f / "n.keras", members() | {"config.json/": b""}), "config.json"),
    "packed folder of a network": (lambda f, m: write_zip(f / "n.zip", {"n/config.json": b"{}"}), "zip archive"),
    "unpacked .keras": (_unpacked, "unpacked"),
    # pictures
    "picture of 41 megapixels": (with_bytes(png(41_000, 1000), "a.png"), "40 megapixels"),
    "PNG cut off": (with_bytes(png(100, 100, pixels=bytes(5000)), "a.png"), "damaged"),
    "PNG of no size": (with_bytes(png(0, 5), "a.png"), "a.png"),
    "PNG with a text of 1 GB": (with_bytes(
        png(9, 9, (b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8))), pixels=bytes(90)), "a.png"), "damaged"),
    "JPEG cut off": (with_bytes(encoded("JPEG")[:300], "a.jpg"), "damaged"),
    "JPEG header alone": (with_bytes(encoded("JPEG")[:20], "a.jpg"), "a.jpg"),
    "JPEG of 2,000 scans": (with_bytes(many_scans(), "a.jpg"), "scans"),
    "GIF cut off": (with_bytes(encoded("GIF")[:900], "a.gif"), "damaged"),
    "GIF of 65,535 x 65,535": (with_bytes(b"GIF89a" + b"\xff" * 4 + encoded("GIF")[10:], "a.gif"), "40 megapixels"),
    "WebP cut off": (with_bytes(encoded("WEBP")[:200], "a.webp"), "a.webp"),
    "WebP with a huge canvas": (with_bytes(webp_canvas(), "a.webp"), "a.webp"),
    "BMP cut off": (with_bytes(encoded("BMP")[:900], "a.bmp"), "damaged"),
    "BMP of 2 billion pixels": (with_bytes(huge_bmp(), "a.bmp"), "megapixels"),
    "TIFF cut off": (with_bytes(encoded("TIFF")[:900], "a.tif"), "a.tif"),
    "TIFF whose list leads in a circle": (with_bytes(circle_tiff(), "a.tif"), "a.tif"),
    "TIFF of 2 billion pixels": (with_bytes(huge_tiff(), "a.tif"), "megapixels"),
    # recordings
    "recording cut off": (with_bytes(wav()[:20], "a.wav"), "damaged"),
    "recording without samples": (with_bytes(wav(b""), "a.wav"), "0 samples"),
    "recording of no channels": (with_bytes(wav(channels=0), "a.wav"), "damaged"),
    "recording of 24,000 channels": (with_bytes(wav(channels=24_000), "a.wav"), "a.wav"),
    "recording that is packed": (with_bytes(wav(form=0x55), "a.wav"), "MP3"),
    "recording of 13 bits": (with_bytes(wav(bits=40), "a.wav"), "damaged"),
    # tables
    "table with a cell of 1 MB": (with_bytes(b"a,b\n1," + b"2" * 2**20, "a.csv"), "line 2"),
    "table of a million columns": (with_bytes(b"1," * 10**6, "a.csv"), "columns"),
    "table with an open quote": (with_bytes(b'a,b\n"1,2\n' + b"3,4\n" * 10**5, "a.csv"), "line"),
    "table of nothing": (with_bytes(b",,,\n,,,\n", "a.csv"), "a.csv"),
    "table in a bomb": (with_bytes(gzip.compress(b"1,2\n" * (15 * 2**20), 9), "a.csv.gz"), "MiB of text"),
    "page named as a table": (with_bytes(b"<!DOCTYPE html><html>a,b", "a.csv"), "HTML"),
    "table with a NUL": (with_bytes(b"1,2\n\0,3\n", "a.csv"), "a.csv"),
    "text of one line of 1 MB": (with_bytes(b"a" * 2**20, "a.txt"), "line 1"),
    "SVG named png": (with_bytes(b"<svg xmlns='x' onload='evil()'/>", "a.png"), "SVG"),
    "JPEG 2000 named jpg": (with_bytes(b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50), "a.jpg"), "not of a kind"),
    "PSD named png": (with_bytes(b"8BPS\0\x01" + bytes(50), "a.png"), "not of a kind"),
    # arrays
    "objects in npy": (lambda f, m: _objects(f, m), "objects"),
    "objects said in a header": (with_bytes(npy((1,), "|O", bytes(8)), "x.npy"), "objects"),
    "records": (npz(x=npy((1,), [("a", "<f4"), ("b", "<f4")], bytes(8))), "records"),
    "sub-arrays": (npz(x=npy((1,), ("<f4", (9, 9)), bytes(400))), "records"),
    "npy with a call in its header": (with_bytes(npy("__import__('os')"), "x.npy"), "x.npy"),
    "npy with a deep header": (with_bytes(npy(0).replace(b"0, }", b"(" * 5000 + b"}"), "x.npy"), "x.npy"),
    "npy of negative length": (with_bytes(npy((-1, -4), content=bytes(16)), "x.npy"), "shape"),
    "npy with a text as length": (with_bytes(npy(("a",)), "x.npy"), "x.npy"),
    "npy with true as length": (with_bytes(npy((True, 10**12)), "x.npy"), "x.npy"),
    "npy that is not there": (with_bytes(npy((10**6, 10**6)), "x.npy"), "shape"),
    "npy with long texts": (with_bytes(npy((4,), "<U1000000000"), "x.npy"), "x.npy"),
    "npy of a later version": (with_bytes(b"\x93NUMPY\x09\x00" + bytes(90), "x.npy"), "x.npy"),
    "npy cut off": (with_bytes(b"\x93NUMPY\x01", "x.npy"), "x.npy"),
    "npz with a parent member": (npz_member("../y.npy"), "outside"),
    "npz with an absolute member": (npz_member("/y.npy"), "outside"),
    "npz with a drive": (npz_member("C:/y.npy"), "outside"),
    "npz with a program": (npz_member("run.py"), "run.py"),
    "npz packed 1000:1": (npz(x=npy((50 * 2**20,), content=bytes(200 * 2**20))), "200:1"),
    "npz of 10,001 arrays": (npz(**{f"a{n}": b"" for n in range(10_001)}), "10,000"),
    "npz cut off": (lambda f, m: _cut(object_arrays(f, m), 40), "damaged"),
    # data sets
    "idx that is cut off": (with_bytes(idx(10, 28, 28, content=bytes(99)), "train-images"), "cut off"),
    "idx of 16 EB": (with_bytes(idx(*[2**32 - 1] * 4), "train-images"), "2 GiB"),
    "idx of floats": (with_bytes(idx(2, 2, 2, content=bytes(32), kind=13), "images"), "bytes"),
    "idx in a bomb": (idx_bomb, "holds"),
    "text in a bomb": (text_bomb, "MiB of text"),
    "gzip cut off": (with_bytes(gzip.compress(b"one\ttwo\n" * 99)[:-20], "a.tsv.gz"), "a.tsv.gz"),
    "pairs with a line of one text": (with_bytes(b"one\ttwo\nthree\n", "a.tsv"), "line 2"),
    "pairs with a text of 1 MB": (with_bytes(b"one\ttwo\n" + b"a" * 10**6 + b"\tb\n", "a.tsv"), "line 2"),
    "pairs that are not UTF-8": (with_bytes(b"one\ttwo\n" * 2000 + b"\xff\t\xfe\n", "a.tsv"), "UTF-8"),
    "tree with an open bracket": (with_bytes(b"(3 (2 It) (4 works)\n", "a.txt"), "bracket"),
    "tree nested a million deep": (with_bytes(b"(1 " * 10**6, "a.txt"), "line 1"),
    "tree with a class of 5,000 digits": (with_bytes(b"(" + b"9" * 5000 + b" a)", "a.txt"), "line 1"),
    "folder with a link out of it": (picture_folder(lambda f: (f / "cats/2.png").symlink_to("/etc/passwd")), "link"),
    "folder with a class elsewhere": (picture_folder(lambda f: (f / "x").symlink_to("/usr/share")), "x"),
    "folder with an empty class": (picture_folder(lambda f: (f / "empty").mkdir()), "no pictures"),
    "folder of other files": (lambda f, m: with_bytes(b"x", "a.bmp")(f, m).parent, "no pictures"),
    # what is not a file
    "socket": (_socket, "socket"),
    "link to a pipe": (_linked_pipe, "pipe"),
    "link to itself": (_closed, "does not exist"),
    "device": (lambda f, m: Path("/dev/zero"), "device"),
    "terminal": (lambda f, m: Path("/dev/tty"), "device"),
    "process memory": (lambda f, m: Path("/proc/self/mem"), "empty"),
    # other kinds, by their beginnings
    "7z": (with_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(50)), "7z"),
    "RAR": (with_bytes(b"Rar!\x1a\x07" + bytes(50)), "RAR"),
    "PDF": (with_bytes(b"%PDF-1.7\n" + bytes(50), "a.png"), "PDF"),
    "program": (with_bytes(b"\x7fELF" + bytes(50)), "program"),
    "Windows program": (with_bytes(b"MZ" + bytes(50)), "program"),
    "AVIF": (with_bytes(b"\0\0\0\x20ftypavif" + bytes(50), "a.jpg"), "AVIF"),
    "empty zip": (with_bytes(b"PK\x05\x06" + bytes(18)), "empty zip"),
    "configuration of a Keras 1": (with_bytes(b'{"class_name": "Sequential"}'), "without a configuration"),
    "JSON": (with_bytes(b'{"a": 1}'), "JSON"),
    "HTML with a byte order mark": (with_bytes(b"\xef\xbb\xbf<html>", "net.h5"), "HTML"),
    "NULs": (with_bytes(bytes(5000)), "not of a kind"),
    "name of a network that is text": (with_bytes(network()["class_name"].encode()), "text"),
}  # fmt: skip


def _objects(folder: Path, marker: Path) -> Path:
    np.save(folder / "x.npy", np.array([Payload(marker)], object))
    return folder / "x.npy"


def _cut(path: Path, by: int) -> Path:
    path.write_bytes(path.read_bytes()[:-by])
    return path
