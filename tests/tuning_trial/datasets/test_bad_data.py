"""Data that must be mended: one line that names the place, what was found and what is expected."""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tuning_trial.datasets.loading import load
from tuning_trial.datasets.request import Kind, Request
from tuning_trial.errors import UserError

IMAGES = np.zeros((12, 4, 4), "uint8")
LABELS = np.array([0, 1, 2] * 4)
NAN = np.where(np.arange(12)[:, None] == 4, np.nan, np.ones((12, 3)))


def npz(**arrays: Any) -> Callable[[Path], Path]:
    def write(directory: Path) -> Path:
        np.savez(directory / "data.npz", **arrays)
        return directory / "data.npz"

    return write


def one_array(directory: Path) -> Path:
    with (directory / "data.npz").open("wb") as file:
        np.save(file, IMAGES)
    return directory / "data.npz"


def half(directory: Path) -> Path:
    whole = npz(x=IMAGES, y=LABELS)(directory).read_bytes()
    (directory / "data.npz").write_bytes(whole[: len(whole) // 2])
    return directory / "data.npz"


def zipped(**content: bytes) -> Callable[[Path], Path]:
    def write(directory: Path) -> Path:
        with zipfile.ZipFile(directory / "data.npz", "w") as file:
            for name, what in content.items():
                file.writestr(name, what)
        return directory / "data.npz"

    return write


def text(content: str, name: str) -> Callable[[Path], Path]:
    def write(directory: Path) -> Path:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content)
        return directory / name.split("/")[0]

    return write


def pictures(*sizes: tuple[int, int]) -> Callable[[Path], Path]:
    def write(directory: Path) -> Path:
        for i, size in enumerate(sizes):
            (directory / "images" / f"class{i}").mkdir(parents=True)
            Image.new("L", size).save(directory / "images" / f"class{i}" / "one.png")
        return directory / "images"

    return write


def picture(save: Callable[[Path], Any]) -> Callable[[Path], Path]:
    def write(directory: Path) -> Path:
        (directory / "images/cats").mkdir(parents=True)
        save(directory / "images/cats/one.png")
        return directory / "images"

    return write


def huge_png() -> bytes:
    """The head of a picture of 60,000 × 60,000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
    chunks = [(head, 13), (b"IDAT", 0)]
    written = [struct.pack(">I", size) + c + struct.pack(">I", zlib.crc32(c)) for c, size in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def nothing(directory: Path) -> Path:
    (directory / "images").mkdir()
    return directory / "images"


CSV = "a,label\n" + "1,x\n2,y\n" * 6
CASES: dict[str, tuple[Kind, Callable[[Path], Path], str]] = {
    "missing file": ("images", lambda d: d / "no.npz", r"no\.npz: there is no such file or directory in /"),
    "empty file": ("images", text("", "data.npz"), r"data\.npz: is empty, 0 bytes"),
    "no npz": (
        "images",
        text("hello", "data.npz"),
        r"data\.npz: is no \.npz file: it begins with b'hell', a zip archive with b'PK.*'; write it",
    ),
    "one array": (
        "images",
        one_array,
        r"data\.npz: holds one array, as \.npy files do; write x and y, or x_tr",
    ),
    "half a file": (
        "images",
        half,
        r"data\.npz: is damaged \(BadZipFile: .*\); write it anew with numpy\.savez",
    ),
    "objects": (
        "texts",
        npz(x=np.array(["good", "bad"] * 6, dtype=object), y=LABELS),
        r"data\.npz: the array 'x' holds Python objects; make it numbers or words, as by x\.astype\(str\)$",
    ),
    "other content": ("images", zipped(x=b"hello", y=b"you"), r"data\.npz: holds 'x', which is no array"),
    "damaged npz": (
        "images",
        zipped(**{"x.npy": b"\x93NUMPY\x01\x00\x08\x00{(aaaaa\n"}),
        r"data\.npz: its array 'x' is damaged \(.*\); write it anew with numpy\.savez",
    ),
    "other ending": ("images", text("x", "data.txt"), r"has the ending '\.txt'; give \.npz, \.csv"),
    "other arrays": ("images", npz(a=IMAGES), "data.npz: has the arrays a; name them x and y, or x_train"),
    "no targets": ("images", npz(x=IMAGES), "data.npz: has no column 'y', but x"),
    "no examples": ("images", npz(x=IMAGES[:0], y=LABELS[:0]), r"x is empty, of shape \(0, 4, 4\)"),
    "other lengths": (
        "images",
        npz(x=IMAGES, y=LABELS[:5]),
        r"has x of shape \(12, 4, 4\) and y of shape \(5,\)",
    ),
    "no image": (
        "images",
        npz(x=LABELS, y=LABELS),
        r"x has the shape \(12,\) and holds int64; make it examples ×",
    ),
    "out of scale": (
        "images",
        npz(x=IMAGES + 7.5, y=LABELS),
        "x has numbers from 7.5 to 7.5; scale them to 0 to 1",
    ),
    "label too high": (
        "images",
        npz(x=IMAGES, y=LABELS * 5),
        "labels from 0 to 10, and 3 classes are numbered from 0 to 2",
    ),
    "label negative": ("images", npz(x=IMAGES, y=LABELS - 1), "y has labels from -1 to 1, and 3 classes"),
    "validation label unknown": (
        "images",
        npz(x_train=IMAGES, y_train=LABELS, x_val=IMAGES, y_val=LABELS + 1),
        "y has labels from 1 to 3, and 3 classes are numbered from 0 to 2; number the classes from 0",
    ),
    "one-hot labels": (
        "images",
        npz(x=IMAGES, y=np.eye(12)),
        r"y has the shape \(12, 12\); give one class number",
    ),
    "no classes": (
        "images",
        npz(x=IMAGES, y=LABELS / 2),
        "the target holds numbers such as 0.5, which are no classes",
    ),
    "one class": (
        "images",
        npz(x=IMAGES, y=LABELS * 0),
        r"the target has 1 class \(0\); give it examples of at least two$",
    ),
    "one class of a table": (
        "classes of features",
        text("a,label\n" + "1,x\n" * 5, "data.csv"),
        r"1 class \(x\); give it examples of at least two, or name another column by --target",
    ),
    "other shapes": (
        "images",
        npz(x_train=IMAGES, y_train=LABELS, x_val=IMAGES[:, 1:], y_val=LABELS),
        r"the validation data has 'image' of numbers of shape \(3, 4, 1\), the training data",
    ),
    "NaN in arrays": (
        "classes of features",
        npz(x=NAN, y=LABELS),
        "data.npz: x0 is missing, NaN or infinite in 1 of 12 examples, first in number 5; fill",
    ),
    "NaN targets": (
        "numbers of features",
        npz(x=NAN * 0 + 1, y=NAN[:, 0]),
        "the target is missing, NaN or inf",
    ),
    "rare class": (
        "classes of features",
        npz(x=np.ones((5, 2)), y=np.array([0, 0, 0, 0, 1])),
        "class 1 has 1 example; give each class at least 2",
    ),
    "no directories": ("images", nothing, "images: holds no directories; put the files of each class into a"),
    "empty class": (
        "images",
        lambda d: (d / "images/cats").mkdir(parents=True) or d / "images",
        "images/cats: is empty",
    ),
    "no picture": ("images", text("hello", "images/cats/one.png"), r"one\.png: is no image; give PNG, JPEG"),
    "pixels of 32 bits": (
        "images",
        picture(lambda file: Image.fromarray(IMAGES[0].astype("float32")).save(file, "TIFF")),
        r"one\.png: cannot be decoded \(ValueError: it has pixels of 32 bits \(mode F\); scale them to 8",
    ),
    "a bomb": (
        "images",
        picture(lambda file: file.write_bytes(huge_png())),
        r"one\.png: cannot be decoded \(DecompressionBombError: Image size \(3600000000 pixels\)",
    ),
    "other size": (
        "images",
        pictures((4, 4), (5, 6)),
        r"has 6 × 5 pixels, and 4 × 4, as .*one\.png are expected; scale",
    ),
    "no cells": (
        "classes of features",
        text("a,label\n1,x,3\n", "data.csv"),
        r"data\.csv: cannot be read \(ArrowInvalid",
    ),
    "a column twice": (
        "classes of features",
        text("a,a,label\n1,2,x\n", "data.csv"),
        "has the column 'a' twice",
    ),
    "no rows": ("classes of features", text("a,label\n", "data.csv"), "has the columns a, label and no rows"),
    "no target": (
        "classes of features",
        text("a,b\n1,2\n", "data.csv"),
        "has no column 'label', but a, b; .*--target",
    ),
    "no features": (
        "classes of features",
        text("label\nx\ny\n", "data.csv"),
        "no column beside the target 'label'",
    ),
    "empty cell": (
        "classes of features",
        text(CSV + ",x\n", "data.csv"),
        "a is missing, NaN or .* in number 13",
    ),
    "empty target": ("classes of features", text(CSV + "1,\n", "data.csv"), "the target is missing, NaN or"),
    "words to foretell": (
        "numbers of features",
        text(CSV, "data.csv"),
        "words such as 'x', and numbers are expected",
    ),
    "numbers too near": (
        "numbers of features",
        npz(x=np.ones((12, 2)), y=1e12 + np.arange(12)),
        r"the target has numbers such as 1000000000011, which 32 bits .* tell apart; subtract what they have",
    ),
    "numbers too large": (
        "classes of features",
        npz(x=np.ones((12, 2)) * 1e40, y=LABELS),
        r"x0 has numbers such as 1e\+40, which 32 bits cannot hold or",
    ),
    "no parquet": ("classes of features", text("hello", "data.parquet"), r"data\.parquet: cannot be read"),
    "no texts": (
        "texts",
        text(CSV, "data.csv"),
        "has no column 'text', but a, label; name one of them by --text",
    ),
    "numbers as texts": (
        "texts",
        text("text,label\n1,a\n2,b\n", "data.csv"),
        "text holds int64, and words are expec",
    ),
    "blank text": (
        "texts",
        text('text,label\na,x\n b,y\n" ",x\n', "data.csv"),
        "1 of 3 texts are empty, first number 3",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_data_is_named_with_what_was_found_and_expected(case: str, tmp_path: Path) -> None:
    kind, write, words = CASES[case]
    with pytest.raises(UserError, match=words) as caught:
        load(Request(str(write(tmp_path))), kind, final=False)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (
            "no_such_module:data",
            "no_such_module:data: failed: ModuleNotFoundError.*name a module",
        ),
        ("math:no_such", "math:no_such: failed: AttributeError"),
        ("os:getcwd", "os:getcwd: returned something of type str; return "),
    ],
)
def test_a_function_that_gives_no_data_is_named(place: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        load(Request(place), "images", final=False)


def test_a_function_that_goes_wrong_is_told_at_its_own_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "lost_digits.py").write_text("def data():\n    x = 1\n    return open('digits.bin')\n")
    told = r"lost_digits:data: failed at lost_digits.py:3: FileNotFoundError: .*; mend that line$"
    with pytest.raises(UserError, match=told):
        load(Request("lost_digits:data"), "images", final=False)
    assert "Traceback" in capsys.readouterr().err


def test_columns_and_folds_that_cannot_be_are_named(tmp_path: Path) -> None:
    path = str(text(CSV, "data.csv")(tmp_path))
    with pytest.raises(UserError, match="has no column 'b', but a; name one of them by --categorical"):
        load(Request(path, categorical=("b",)), "classes of features", final=False)
    left = r"data.csv without its test set \(--test-share 0.2\): class 'x' has 4 examples"
    with pytest.raises(UserError, match=f"{left}; give each class at least 9, or ask for fewer folds"):
        load(Request(path, folds=9), "classes of features", final=False)
    with pytest.raises(
        UserError, match=r"data\.csv: class 'x' has 6 examples; give each class at least 9, or"
    ):
        load(Request(path, folds=9, test_share=0), "classes of features", final=False)
    with pytest.raises(
        UserError, match=r"has 2 classes \(x, y\); give examples of all 3, or leave --classes"
    ):
        load(Request(path, classes=3), "classes of features", final=False)
    with pytest.raises(UserError, match="there is validation data, and --folds 2"):
        load(Request(path, validation_data=path, folds=2), "classes of features", final=False)


def test_all_of_it_is_found_without_tensorflow(tmp_path: Path) -> None:
    path = npz(x=IMAGES, y=LABELS * 5)(tmp_path)
    program = f"""
import sys
from tuning_trial.datasets.loading import Request, load
try:
    load(Request({str(path)!r}), "images", False)
except Exception as error:
    print(type(error).__name__, "tensorflow" in sys.modules, "sklearn" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["UserError", "False", "False"]
