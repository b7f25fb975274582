"""What printing and scanning do to a symbol, simulated: each kind of damage at its bar, and a control that fails.

Lengths are in thousandths of an inch (mil). The picture is a part of a printed page at 600 dots an inch, in grey.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

DPI = 600
Damage = Callable[[Image.Image, np.random.Generator], Image.Image]


def _pixels(mils: float) -> float:
    return mils * DPI / 1000


def _grey(image: Image.Image) -> npt.NDArray[np.float64]:
    return np.asarray(image, dtype=np.float64)


def _image(values: npt.NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def blurred(mils: float) -> Damage:
    """Out of focus: standard deviation of the spread."""
    return lambda image, _: image.filter(ImageFilter.GaussianBlur(_pixels(mils)))


def scanned(dpi: int) -> Damage:
    """Seen by a scanner of that resolution."""
    return lambda image, _: image.resize(
        (image.width * dpi // DPI, image.height * dpi // DPI), Image.Resampling.BOX
    )


def spread(mils: float) -> Damage:
    """Ink that runs over each edge by so much."""
    size = 2 * round(_pixels(mils)) + 1
    return lambda image, _: image.filter(ImageFilter.MinFilter(size))


def turned(degrees: float) -> Damage:
    """Held askew."""
    return lambda image, _: image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def tilted(degrees: float) -> Damage:
    """Held at an angle to the paper: one side looks smaller."""

    def damage(image: Image.Image, _: np.random.Generator) -> Image.Image:
        shrink = image.height * math.sin(math.radians(degrees)) / 4
        quad = (0, -shrink, 0, image.height + shrink, image.width, image.height, image.width, 0)
        return image.transform(image.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=255)

    return damage


def faded(share: float, noise: float) -> Damage:
    """Little ink, and grain."""

    def damage(image: Image.Image, draw: np.random.Generator) -> Image.Image:
        values = 255 - (255 - _grey(image)) * share
        return _image(values + draw.normal(0, noise, values.shape))

    return damage


def speckled(share: float, mils: float = 6.7) -> Damage:
    """Specks, dark and light, over that share of the area."""

    def damage(image: Image.Image, draw: np.random.Generator) -> Image.Image:
        values = _grey(image).copy()
        side = max(1, round(_pixels(mils)))
        count = int(share * values.size / side**2)
        rows = draw.integers(0, values.shape[0] - side, count)
        columns = draw.integers(0, values.shape[1] - side, count)
        for row, column, ink in zip(rows, columns, draw.choice([0.0, 255.0], count), strict=True):
            values[row : row + side, column : column + side] = ink
        return _image(values)

    return damage


def all_of(*damages: Damage) -> Damage:
    """One after the other."""

    def damage(image: Image.Image, draw: np.random.Generator) -> Image.Image:
        for one in damages:
            image = one(image, draw)
        return image

    return damage


BARS: dict[str, tuple[Damage, Damage]] = {
    "scanned at 150 dpi": (scanned(150), scanned(60)),
    "blur of 5 mil": (blurred(5), blurred(14)),
    "ink spread of 4 mil": (spread(4), spread(9)),
    "turned by 7 degrees": (turned(7), turned(40)),
    "tilted by 20 degrees": (tilted(20), all_of(tilted(20), blurred(14))),
    "faded to half, with grain": (faded(0.5, 12), all_of(faded(0.03, 60), scanned(200))),
    "specks on 1 per cent": (speckled(0.01), all_of(speckled(0.35), scanned(200))),
}
"""Each damage of the bars at its bar, and a worse one that must not be read."""

SQUARE: dict[str, tuple[Damage, Damage]] = {
    "scanned at 150 dpi": (scanned(150), scanned(25)),
    "blur of 12 mil": (blurred(12), blurred(40)),
    "ink spread of 4 mil": (spread(4), spread(16)),
    "turned by 30 degrees": (turned(30), all_of(turned(30), blurred(40))),
    "tilted by 20 degrees": (tilted(20), all_of(tilted(20), blurred(40))),
    "faded to half, with grain": (faded(0.5, 12), all_of(faded(0.03, 60), scanned(200))),
    "specks on 2 per cent, through a lens, at 200 dpi": (
        all_of(speckled(0.02), blurred(6), scanned(200)),
        all_of(speckled(0.8), blurred(6), scanned(200)),
    ),
    "specks on 2 per cent, through a lens, at 300 dpi": (
        all_of(speckled(0.02), blurred(6), scanned(300)),
        all_of(speckled(0.8), blurred(6), scanned(300)),
    ),
    "specks on 1 per cent, at 300 dpi": (
        all_of(speckled(0.01), scanned(300)),
        all_of(speckled(0.35), scanned(300)),
    ),
}
"""The same for the square."""
