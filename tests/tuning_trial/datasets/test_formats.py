"""Each format gives the same examples; labels get their numbers by the training data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet
from tuning_trial.datasets.loading import Data, load, needs_tensorflow
from tuning_trial.datasets.request import Request
from tuning_trial.errors import UserError

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (20, 6, 5, 3), dtype="uint8")
LABELS = np.array([0, 1] * 10)


def everything(data: Data) -> set[bytes]:
    parts = [data.splits[0].train, data.splits[0].validation, *([data.test] if data.test else [])]
    return {image.tobytes() for part in parts for image in part.inputs["image"]}


def write_folders(directory: Path) -> Path:
    for i, pixels in enumerate(PIXELS):
        (directory / f"class{LABELS[i]}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(directory / f"class{LABELS[i]}" / f"{i}.png")
    return directory


def test_images_of_every_format_are_the_same_examples(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=PIXELS, y=LABELS)
    folders = write_folders(tmp_path / "images")
    encoded = [(folders / f"class{LABELS[i]}" / f"{i}.png").read_bytes() for i in range(20)]
    parquet.write_table(pa.table({"image": encoded, "label": LABELS}), tmp_path / "data.parquet")
    found = [
        load(Request(str(p)), "images", True)
        for p in (tmp_path / "data.npz", folders, tmp_path / "data.parquet")
    ]
    wanted = {(image / np.float32(255)).tobytes() for image in PIXELS}
    assert [everything(data) for data in found] == [wanted] * 3
    assert [data.classes for data in found] == [(0, 1), ("class0", "class1"), (0, 1)]


@pytest.mark.parametrize("kind", ["uint8", "int64", "bool", "float32"])
def test_images_of_zeros_and_ones_stay_as_they_are(tmp_path: Path, kind: str) -> None:
    """Masks, and digits that somebody has made black and white: divided by 255 they would all be black."""
    masks = (PIXELS[..., 0] > 127).astype(kind)
    np.savez(tmp_path / "data.npz", x=masks, y=LABELS)
    data = load(Request(str(tmp_path / "data.npz")), "images", True)
    assert everything(data) == {mask.astype("float32").tobytes() for mask in masks}


@pytest.mark.parametrize("ending", ["png", "tiff"])
def test_grey_images_of_16_bits_keep_their_shades(tmp_path: Path, ending: str) -> None:
    shades = np.linspace(0, 65535, 30).reshape(6, 5).astype("uint16")
    for i in range(8):
        (tmp_path / f"class{i % 2}").mkdir(exist_ok=True)
        Image.fromarray(shades).save(tmp_path / f"class{i % 2}" / f"{i}.{ending}")
    (split,) = load(Request(str(tmp_path)), "images", False).splits
    np.testing.assert_allclose(split.train.inputs["image"][0, ..., 0], shades / 65535, atol=1e-6)


@pytest.mark.tensorflow
def test_records_are_the_rows_of_a_table(tmp_path: Path) -> None:
    import tensorflow as tf

    folders = write_folders(tmp_path / "images")
    path = tmp_path / "data.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for i in range(20):
            picture = (folders / f"class{LABELS[i]}" / f"{i}.png").read_bytes()
            features = {
                "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[picture])),
                "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[LABELS[i]])),
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())
    assert needs_tensorflow(Request(str(path)))
    assert everything(load(Request(str(path)), "images", True)) == {
        (i / np.float32(255)).tobytes() for i in PIXELS
    }
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(Exception, match=r"data\.tfrecord: record 20 cannot be read \(DataLossError"):
        load(Request(str(path)), "images", True)


def test_images_are_scaled_where_a_size_is_given(tmp_path: Path) -> None:
    data = load(Request(str(write_folders(tmp_path)), image_size=(3, 4)), "images", False)
    assert data.splits[0].train.inputs["image"].shape[1:] == (3, 4, 3)


def test_texts_come_from_a_column_or_from_folders(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("words,mood\n" + "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(20)))
    for i in range(20):
        (tmp_path / "folder" / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / "ab"[i % 2] / f"{i}.txt").write_text(f"text {i}")
    by_column = load(Request(str(tmp_path / "t.csv"), text="words", target="mood"), "texts", True)
    by_folder = load(Request(str(tmp_path / "folder")), "texts", True)
    for data in (by_column, by_folder):
        parts = (data.splits[0].train, data.splits[0].validation, data.test)
        assert {text for part in parts for text in part.inputs["text"]} == {f"text {i}" for i in range(20)}
        assert data.classes == ("a", "b")


def test_columns_of_words_are_categories_and_so_is_what_is_named(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i % 3},{'red' if i % 2 else 'blue'},{i * 0.5}\n" for i in range(20))
    (tmp_path / "d.csv").write_text("size,month,colour,price\n" + rows)
    request = Request(str(tmp_path / "d.csv"), target="price", categorical=("month",))
    data = load(request, "numbers of features", False)
    kinds = {name: column.dtype.kind for name, column in data.splits[0].train.inputs.items()}
    assert kinds == {"size": "f", "month": "O", "colour": "O"}
    assert data.splits[0].train.y.dtype == "float32"
    assert (data.classes, data.test) == ((), None)


def test_parts_that_a_place_holds_apart_stay_apart(tmp_path: Path) -> None:
    names = ("train", "val", "test")
    arrays = {f"{v}_{n}": a for n in names for v, a in (("x", PIXELS), ("y", LABELS))}
    np.savez(tmp_path / "d.npz", **arrays)
    data = load(Request(str(tmp_path / "d.npz")), "images", True)
    assert [len(p) for p in (data.splits[0].train, data.splits[0].validation, data.test)] == [20, 20, 20]
    assert load(Request(str(tmp_path / "d.npz")), "images", False).test is None


def test_a_test_file_is_not_opened_before_the_final_evaluation(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=PIXELS, y=LABELS)
    (tmp_path / "test.npz").write_text("no arrays")
    request = Request(str(tmp_path / "d.npz"), test_data=str(tmp_path / "test.npz"))
    assert load(request, "images", False).test is None
    with pytest.raises(Exception, match=r"test\.npz: is no \.npz file"):
        load(request, "images", True)


def write_records(path: Path, columns: dict[str, list[object]]) -> Path:
    """One record for each row; GZIP where the name ends so."""
    import tensorflow as tf

    def feature(value: object) -> object:
        if isinstance(value, bytes):
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        if isinstance(value, float):
            return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    with tf.io.TFRecordWriter(str(path), "GZIP" if path.suffix == ".gz" else "") as writer:
        for row in zip(*columns.values(), strict=True):
            features = dict(zip(columns, map(feature, row), strict=True))
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())
    return path


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ["data.tfrecord", "data.tfrecord.gz"])
def test_records_hold_texts_and_tables_too(tmp_path: Path, name: str) -> None:
    words = [b"good" if i % 2 else b"bad" for i in range(20)]
    texts = [f"text {i}".encode() for i in range(20)]
    found = load(Request(str(write_records(tmp_path / name, {"text": texts, "label": words}))), "texts", True)
    parts = (found.splits[0].train, found.splits[0].validation, found.test)
    assert {text for part in parts for text in part.inputs["text"]} == {f"text {i}" for i in range(20)}
    assert found.classes == ("bad", "good")
    columns = {"size": [i / 2 for i in range(20)], "colour": words, "label": [i % 3 for i in range(20)]}
    table = load(Request(str(write_records(tmp_path / name, columns))), "classes of features", False)
    train = table.splits[0].train
    assert {n: c.dtype.kind for n, c in train.inputs.items()} == {"size": "f", "colour": "O"}
    assert table.classes == (0, 1, 2)
    assert all(train.y[i] == int(train.inputs["size"][i] * 2) % 3 for i in range(len(train)))


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"size": [1.0], "label": [0]}, r"record 2 has the features .*, the first one"),
        ({}, r"data\.tfrecord: has no records"),
    ],
)
def test_records_that_do_not_make_a_table_are_named(tmp_path: Path, second: dict, words: str) -> None:
    path = tmp_path / "data.tfrecord"
    whole = write_records(tmp_path / "first", {"label": [0]}).read_bytes() if second else b""
    rest = write_records(tmp_path / "second", second).read_bytes() if second else b""
    path.write_bytes(whole + rest)
    from tuning_trial.datasets.records import read_records

    with pytest.raises(UserError, match=words):
        read_records(path)


def test_kinds_of_columns_that_parquet_has_are_numbers_or_words(tmp_path: Path) -> None:
    table = pa.table(
        {
            "yes": [True, False] * 10,
            "price": pa.array([i / 4 for i in range(20)]).cast(pa.decimal128(9, 2)),
            "colour": pa.array(["red", "blue"] * 10).dictionary_encode(),
            "label": LABELS,
        }
    )
    parquet.write_table(table, tmp_path / "d.parquet")
    train = load(Request(str(tmp_path / "d.parquet")), "classes of features", False).splits[0].train
    assert {n: c.dtype.kind for n, c in train.inputs.items()} == {"yes": "f", "price": "f", "colour": "O"}
    assert set(train.inputs["price"]) <= {np.float32(i / 4) for i in range(20)}
    day = pa.array([0] * 20).cast(pa.int32()).cast(pa.date32())
    parquet.write_table(table.append_column("day", day), tmp_path / "d.parquet")
    with pytest.raises(UserError, match=r"d\.parquet: the column 'day' holds date32\[day\]; make it numbers"):
        load(Request(str(tmp_path / "d.parquet")), "classes of features", False)
