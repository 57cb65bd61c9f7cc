"""What a weights file must not hold: each function adds it to one."""

import h5py
import numpy as np


def external_array(file: h5py.File) -> None:
    file.create_dataset("layers/dense/vars/2", (10,), "f4", external=[("/etc/passwd", 0, 40)])


def external_link(file: h5py.File) -> None:
    file["layers/dense/vars/2"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file: h5py.File) -> None:
    file["layers/dense/vars/2"] = h5py.SoftLink("/layers/dense/vars/0")


def group_loop(file: h5py.File) -> None:
    file["layers/dense/loop"] = file["layers"]


def virtual_array(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((10,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "data", (10,))
    file.create_virtual_dataset("layers/dense/vars/2", layout)


def object_array(file: h5py.File) -> None:
    file.create_dataset("layers/dense/vars/2", data=["text"], dtype=h5py.string_dtype())


def record_array(file: h5py.File) -> None:
    file["layers/dense/vars/2"] = np.zeros(3, [("a", "f4"), ("b", "i4")])


def promised_array(file: h5py.File) -> None:
    file.create_dataset("layers/dense/vars/2", (1_000_000, 1_000_000), "f4", chunks=(1000, 1000), compression="gzip")


def doubled_groups(file: h5py.File) -> None:
    here = file.create_group("layers/many")
    for _ in range(30):
        inside = here.create_group("a")
        here["b"] = inside
        here = inside


def reference_array(file: h5py.File) -> None:
    file.create_dataset("layers/dense/vars/2", data=[file.ref], dtype=h5py.ref_dtype)


def varied_array(file: h5py.File) -> None:
    file.create_dataset("layers/dense/vars/2", (3,), h5py.vlen_dtype(np.int32))


def null_array(file: h5py.File) -> None:
    file["layers/dense/vars/2"] = h5py.Empty("f4")


def named_type(file: h5py.File) -> None:
    file["layers/dense/vars/2"] = np.dtype("f4")


def zeros(file: h5py.File) -> None:
    file.create_dataset("layers/dense/vars/2", data=np.zeros(10**7, "f4"), compression="gzip", compression_opts=9)


def unknown_filter(file: h5py.File) -> None:
    created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    created.set_chunk((10,))
    created.set_filter(32_015, h5py.h5z.FLAG_OPTIONAL, ())
    space = h5py.h5s.create_simple((10,))
    h5py.h5d.create(file["layers/dense/vars"].id, b"2", h5py.h5t.IEEE_F32LE, space, created)
