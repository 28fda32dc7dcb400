"""Images: arrays, files in folders, and columns of encoded pictures, as numbers from 0 to 1."""

import io
from collections.abc import Iterable
from typing import Any

import numpy

from tuning_trial.datasets.examples import Examples, Found, bad, refuse_missing
from tuning_trial.datasets.labels import target
from tuning_trial.datasets.request import Request
from tuning_trial.datasets.tables import column


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
    if x.ndim != 4 or x.dtype.kind not in "iuf" or min(x.shape[1:3]) < 2 or x.shape[3] > 4:
        expected = "make it examples × height × width (× 1, 3 or 4 channels), numbers"
        raise bad(where, f"x has the shape {x.shape} and holds {x.dtype}", expected)
    refuse_missing(where, "x", x)
    whole = x.dtype.kind in "iu"
    limit = 255 if whole else 1
    low, high = x.min(), x.max()
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
                grey = picture.mode in ("1", "L", "I", "I;16")
                kept = picture.convert("L" if grey else "RGB")
        except (UnidentifiedImageError, OSError, ValueError, AttributeError) as error:
            found = (
                "is no image" if isinstance(error, UnidentifiedImageError) else f"cannot be decoded ({error})"
            )
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
    mode = "L" if all(picture.mode == "L" for picture in pictures) else "RGB"
    pixels = (
        numpy.stack([numpy.asarray(picture.convert(mode), dtype="float32") for picture in pictures]) / 255
    )
    return pixels[..., None] if mode == "L" else pixels
