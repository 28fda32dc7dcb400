"""Images: arrays, files in folders, and columns of encoded pictures, as numbers from 0 to 1."""

import io
from collections.abc import Iterable
from typing import Any

import numpy

from tuning_trial.datasets.examples import Examples, Found, bad, refuse_missing
from tuning_trial.datasets.labels import target
from tuning_trial.datasets.request import Request
from tuning_trial.datasets.tables import column
from tuning_trial.errors import is_out_of_memory, last_line


def image_examples(found: Found, request: Request, labelled: bool = True) -> Examples:
    """Return height × width × channels images (float32, 0 to 1) with their targets as they were found.

    Raises:
        UserError: something is no image, not of the others' size, out of range, or without a target.
    """
    if found.form == "files":
        pixels = _decoded(((path, path) for path in found.columns["file"]), request.image_size)
    elif found.form == "table":
        encoded = column(found, request.image, "--image")
        refuse_missing(found.where, request.image, encoded)
        names = ((f"{found.where}, {request.image} {i + 1}", one) for i, one in enumerate(encoded))
        pixels = _decoded(names, request.image_size)
    else:
        pixels = _scaled(found.where, found.columns["x"])
    if not labelled:
        return Examples(found.where, {"image": pixels})
    return Examples(found.where, {"image": pixels}, target(found, request))


def _scaled(where: str, x: Any) -> Any:
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim != 4 or x.dtype.kind not in "biuf" or min(x.shape[1:3]) < 2 or x.shape[3] > 4:
        expected = "make it examples × height × width (× 1, 3 or 4 channels), numbers"
        raise bad(where, f"x has the shape {x.shape} and holds {x.dtype}", expected)
    refuse_missing(where, "x", x)
    whole = x.dtype.kind in "iu"
    low, high = x.min(), x.max()
    limit = 255 if whole and high > 1 else 1  # a picture of 256 shades has more of them than the two darkest
    if low < 0 or high > limit:
        found = f"x has {'whole numbers' if whole else 'numbers'} from {low:g} to {high:g}"
        raise bad(
            where, found, f"scale them to {'0 to 255, or to fractions from 0 to 1' if whole else '0 to 1'}"
        )
    return (x / numpy.float32(limit)).astype("float32", copy=False)


def _decoded(sources: Iterable[tuple[str, Any]], size: tuple[int, int] | None) -> Any:
    """Decode files or bytes; in grey where all of them are, and all of one size."""
    from PIL import Image, UnidentifiedImageError

    pictures: list[Any] = []
    first = ""
    for name, source in sources:
        try:
            with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as picture:
                kept = _of_8_bits(picture)
        except Exception as error:  # whatever a damaged file makes Pillow stumble over
            if is_out_of_memory(error):
                raise
            is_none = isinstance(error, UnidentifiedImageError)
            found = "is no image" if is_none else f"cannot be decoded ({last_line(error, 200)})"
            raise bad(name, found, "give PNG, JPEG or another kind that Pillow reads") from None
        if size is not None:
            kept = kept.resize((size[1], size[0]), Image.Resampling.BILINEAR)
        first = first or name
        if pictures and kept.size != pictures[0].size:
            width, height = kept.size
            others = f"{pictures[0].height} × {pictures[0].width}, as {first}"
            raise bad(name, f"has {height} × {width} pixels, and {others} are expected",
                      "scale them all by --image-size HEIGHTxWIDTH")  # fmt: skip
        pictures.append(kept)
    grey = all(picture.mode in ("L", "F") for picture in pictures)
    shown = pictures if grey else [picture.convert("RGB") for picture in pictures]
    pixels = numpy.stack([numpy.asarray(picture, dtype="float32") for picture in shown]) / 255
    return pixels[..., None] if grey else pixels


def _of_8_bits(picture: Any) -> Any:
    """Return a picture of Pillow's in grey or RGB, white being 255; of 16 bits as fractions.

    Raises:
        ValueError: it has pixels of 32 bits, and what is white among them nobody knows.
    """
    from PIL import Image

    if picture.mode.startswith("I;16"):  # which Pillow would cut off at 255
        return Image.fromarray(numpy.asarray(picture).astype("float32") * 255 / 65535)
    if picture.mode in ("I", "F"):
        raise ValueError(f"it has pixels of 32 bits (mode {picture.mode}); scale them to 8 or 16")
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")
