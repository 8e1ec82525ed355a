#!/usr/bin/env python3
"""make_small.py: writes the small data files that tests/run reads, into its own folder. They are kept, this says what is in them."""
import gzip
import json
import os
import struct
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)


def npy(kind, shape, data, fortran=False):
    header = f"{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {tuple(shape)}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def main():
    images = bytes([0, 0, 8, 3]) + struct.pack(">3I", 4, 2, 3) + bytes(range(24))
    write("images.idx", images)
    write("images.idx.gz", gzip.compress(images, mtime=0))
    write("table.npy", npy("<f4", (2, 3), struct.pack("<6f", 0.5, 1, 1.5, 2, 2.5, 3)))
    write("fortran.npy", npy("<f8", (2, 3), struct.pack("<6d", 1, 4, 2, 5, 3, 6), True))
    write("fold07_2_0.5_false_002.npy", npy("<f4", (1, 2), struct.pack("<2f", 1, 2)))
    write("raw.f32", struct.pack("<6f", 1, 2, 3, 4, 5, 6))
    write("i16.npy", npy("<i2", (1, 3), struct.pack("<3h", 1, 2, 3)))
    write("bools.npy", npy("|b1", (3,), bytes([1, 2, 0])))
    with zipfile.ZipFile(os.path.join(HERE, "several.npz"), "w") as z:
        for name, kind, data in ("a", "<f4", struct.pack("<f", 9)), ("b", "<i4", struct.pack("<4i", 1, -2, 3, -4)):
            info = zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, npy(kind, (len(data) // 4,), data))
    write("five.csv", b"".join(b"%d,%d\n" % (i, i * i) for i in range(1, 6)))
    write("named.csv", b"x,label,y,gap\n1,4,0.5,1\n2,5,1.5,NA\n3,6,2.5,\n4,7,1e3,?\n5,8,-2,5\n")
    tensors = {"w.a": ("F32", [1], struct.pack("<f", 7)), "w.b": ("F32", [2, 2], struct.pack("<4f", 1, 2, 3, 4))}
    header, body = {}, b""
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    write("small.safetensors", struct.pack("<Q", len(text)) + text + body)


if __name__ == "__main__":
    main()
