"""A page's content stream: shapes and shaped text in points from the top left corner, as few bytes as it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import cos, radians, sin

from regulars.lists import Face

from ._shaping import ShapedFace

_KAPPA = 0.5523
_MODULE = re.compile(r"M(\d+) (\d+)h(\d+)v1h-\d+z")
_FALLBACKS = {
    Face.DISPLAY: (Face.DISPLAY, Face.STRONG, Face.SPARE_STRONG, Face.EAST_ASIAN),
    Face.HEADING: (Face.HEADING, Face.STRONG, Face.SPARE_STRONG, Face.EAST_ASIAN),
    Face.TEXT: (Face.TEXT, Face.SPARE_TEXT, Face.EAST_ASIAN),
    Face.STRONG: (Face.STRONG, Face.SPARE_STRONG, Face.EAST_ASIAN),
}
_NAMES = {
    Face.DISPLAY: "D", Face.HEADING: "H", Face.TEXT: "T", Face.STRONG: "S", Face.EAST_ASIAN: "E",
    Face.SPARE_TEXT: "U", Face.SPARE_STRONG: "V",
}  # fmt: skip


_TEXTS_KEPT = 50_000


@lru_cache(maxsize=256)
def _fill(colour: str) -> str:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    grey = parts[0] == parts[1] == parts[2]
    ink = f"{parts[0]:.4g}" if grey else " ".join(f"{part:.4g}" for part in parts)
    return f"{ink} g" if " " not in ink else f"{ink} rg"


@lru_cache(maxsize=256)
def _stroke(colour: str) -> str:
    return _fill(colour).upper()


class Canvas:
    """Collects one page after another; the glyphs used are kept for the file's fonts.

    Args:
        height: Of the page, points.
        faces: The fonts.
    """

    def __init__(self, height: float, faces: dict[Face, ShapedFace]) -> None:
        self._height = height
        self._faces = faces
        self._chains = {face: [one for one in chain if one in faces] for face, chain in _FALLBACKS.items()}
        self._used: dict[Face, dict[int, str]] = {}
        self._parts: list[str] = []
        self._drawn: dict[tuple[str | int, float], tuple[str, object]] = {}
        self._runs: dict[tuple[Face, str], tuple[list[tuple[str, str]], float]] = {}
        self._bodies: dict[tuple[Face, str, float], tuple[str, float]] = {}

    def begin(self) -> None:
        """A new page."""
        self._parts = []

    def finish(self) -> bytes:
        """The page's content stream."""
        return "\n".join(self._parts).encode("ascii")

    def used_faces(self) -> Iterator[tuple[str, ShapedFace, dict[int, str]]]:
        """Each face with its name on the pages and the glyphs that were used."""
        for face in sorted(self._used):
            yield _NAMES[face], self._faces[face], self._used[face]

    def drawn(self, of: object, size: float, x: float, y: float, draw: Callable[[], None]) -> None:
        """What `draw` draws from the corner of the page, at a point; drawn once for each thing and size.

        Args:
            of: What is drawn: a text, or one of the layout's own rows or tiles, told apart by identity.
            size: What else it depends on.
            x: Where its left edge comes to lie.
            y: Where its top edge does.
            draw: Draws it as if that point were the corner.
        """
        key = (of if isinstance(of, str) else id(of), size)
        found = self._drawn.get(key)
        if found is None:
            before, self._parts = self._parts, []
            draw()
            found = self._drawn[key] = ("\n".join(self._parts), of)  # kept, so that its identity is not used again
            self._parts = before
        self._parts.append(f"q 1 0 0 1 {x:.3f} {-y:.3f} cm\n{found[0]}\nQ")

    # -- Text --

    def width(self, face: Face, text: str, size: float) -> float:
        """Width of a text as it is drawn, points."""
        return self._prepared(face, text)[1] * size

    def text(
        self,
        face: Face,
        text: str,
        size: float,
        x: float,
        base: float,
        ink: str,
        *,
        align: float = 0.0,
        tracking: float = 0.0,
    ) -> float:
        """Draw a text; its width.

        Args:
            face: The face.
            text: What.
            size: Points.
            x: Left edge, or where `align` of its width lies: 0.5 the middle, 1.0 the right edge.
            base: Base line.
            ink: Colour.
            align: See `x`.
            tracking: Added after each character, points.
        """
        if not text:
            return 0.0
        body, width = self._shown(face, text, size)
        width += tracking * len(text)
        x -= align * width
        spaced = f"{tracking:g} Tc" if tracking else ""
        self._parts.append(f"BT {_fill(ink)} {spaced} 1 0 0 1 {x:.3f} {self._height - base:.3f} Tm {body} ET")
        if tracking:
            self._parts.append("BT 0 Tc ET")
        return width

    def stamp(self, face: Face, text: str, size: float, x: float, y: float, degrees: float, ink: str) -> None:
        """A pale, turned text around a point."""
        body, width = self._shown(face, text, size)
        turn = radians(-degrees)
        c, s = cos(turn), sin(turn)
        across, down = width / 2, 0.35 * size
        left, base = x - across * c + down * s, self._height - y - across * s - down * c
        matrix = f"{c:.4f} {s:.4f} {-s:.4f} {c:.4f} {left:.3f} {base:.3f} Tm"
        self._parts.append(f"q /GSp gs BT {_fill(ink)} {matrix} {body} ET Q")

    def _shown(self, face: Face, text: str, size: float) -> tuple[str, float]:
        """Operators that show a text, and its width in points."""
        key = (face, text, size)
        found = self._bodies.get(key)
        if found is None:
            runs, ems = self._prepared(face, text)
            if len(self._bodies) > _TEXTS_KEPT:
                self._bodies.clear()
            body = " ".join(f"/{name} {size:g} Tf {operand}" for name, operand in runs)
            found = self._bodies[key] = (body, ems * size)
        return found

    def _prepared(self, face: Face, text: str) -> tuple[list[tuple[str, str]], float]:
        """Operands of a text by font, and its width in ems; a character no face has was replaced by the layout."""
        key = (face, text)
        found = self._runs.get(key)
        if found is None:
            runs, ems = [], 0.0
            for own, part in self._split(face, text):
                operand, width, used = self._faces[own].shaped(part)
                self._used.setdefault(own, {}).update(used)
                runs.append((_NAMES[own], operand))
                ems += width
            if len(self._runs) > _TEXTS_KEPT:
                self._runs.clear()
            found = self._runs[key] = (runs, ems)
        return found

    def _split(self, face: Face, text: str) -> list[tuple[Face, str]]:
        parts: list[tuple[Face, str]] = []
        chain = self._chains[face]
        for character in text:
            own = next((one for one in chain if self._faces[one].has(character)), chain[0])
            if parts and parts[-1][0] is own:
                parts[-1] = (own, parts[-1][1] + character)
            else:
                parts.append((own, character))
        return parts

    # -- Shapes --

    def line(self, x: float, y: float, to_x: float, to_y: float, width: float, ink: str) -> None:
        """A line."""
        top, end = self._height - y, self._height - to_y
        self._parts.append(f"{_stroke(ink)} {width:g} w {x:.3f} {top:.3f} m {to_x:.3f} {end:.3f} l S")

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "",
        stroke: float = 0.0,
        ink: str = "",
        radius: float = 0.0,
    ) -> None:
        """A box with round corners, filled or drawn."""
        outline = _outline(x, self._height - y, width, height, radius)
        if fill:
            self._parts.append(f"{_fill(fill)} {outline} f")
        if stroke:
            self._parts.append(f"{_stroke(ink)} {stroke:g} w {outline} S")

    def clipped_box(
        self, x: float, y: float, width: float, height: float, radius: float, part: float, fill: str
    ) -> None:
        """The left part of a round box."""
        bottom = self._height - y - height
        outline = _outline(x, self._height - y, width, height, radius)
        self._parts.append(f"q {outline} W n {_fill(fill)} {x:.3f} {bottom:.3f} {part:.3f} {height:.3f} re f Q")

    def shade(
        self, x: float, y: float, width: float, height: float, inside: tuple[float, float, float, float, float]
    ) -> None:
        """A darker strip inside a round box."""
        bottom = self._height - y - height
        outline = _outline(inside[0], self._height - inside[1], *inside[2:])
        self._parts.append(f"q {outline} W n /GSd gs 0 g {x:.3f} {bottom:.3f} {width:.3f} {height:.3f} re f Q")

    def disc(self, x: float, y: float, radius: float, ink: str) -> None:
        """A filled circle."""
        self.box(x - radius, y - radius, 2 * radius, 2 * radius, fill=ink, radius=radius)

    def polygon(self, corners: Sequence[tuple[float, float]], ink: str) -> None:
        """A filled polygon."""
        first, *rest = [f"{x:.3f} {self._height - y:.3f}" for x, y in corners]
        self._parts.append(f"{_fill(ink)} {first} m {' '.join(f'{corner} l' for corner in rest)} f")

    def path(
        self, steps: Sequence[tuple[str | float, ...]], x: float, y: float, ink: str, *, stroke: float = 0.0
    ) -> None:
        """A path of moves and curves, given from its own top left corner; filled, or drawn with round ends."""
        parts: list[str] = []
        at = (0.0, 0.0)
        for name, *numbers in steps:
            values = [float(number) for number in numbers]
            points = list(zip(values[::2], values[1::2], strict=True))
            if name == "Q":
                control, end = points
                points = [
                    (at[0] + 2 / 3 * (control[0] - at[0]), at[1] + 2 / 3 * (control[1] - at[1])),
                    (end[0] + 2 / 3 * (control[0] - end[0]), end[1] + 2 / 3 * (control[1] - end[1])),
                    end,
                ]
            written = " ".join(f"{x + px:.3f} {self._height - y - py:.3f}" for px, py in points)
            parts.append(f"{written} {'m' if name == 'M' else 'c'}")
            at = points[-1]
        drawn = f"1 J {_stroke(ink)} {stroke:g} w {' '.join(parts)} S 0 J" if stroke else ""
        self._parts.append(drawn or f"{_fill(ink)} {' '.join(parts)} h f")

    def modules(self, path: str, x: float, y: float, wide: float, high: float) -> None:
        """Bars or modules, black, as one filled path, a whole number of printer dots each."""
        boxes = "".join(["%s %s %s 1 re " % box for box in _MODULE.findall(path)])  # noqa: UP031 - the quickest
        self._parts.append(f"q {wide:.6g} 0 0 {-high:.6g} {x:.3f} {self._height - y:.3f} cm 0 g {boxes}f Q")

    def picture(self, name: str, x: float, y: float, width: float, height: float) -> None:
        """A picture of the file's resources."""
        bottom = self._height - y - height
        self._parts.append(f"q {width:g} 0 0 {height:g} {x:.3f} {bottom:.3f} cm /{name} Do Q")


@lru_cache(maxsize=4_096)
def _outline(x: float, top: float, width: float, height: float, radius: float) -> str:
    """A box with round corners as path operators; `top` counts from the foot of the page."""
    left, right, bottom = x, x + width, top - height
    if not radius:
        return f"{left:.3f} {bottom:.3f} {width:.3f} {height:.3f} re"
    r, k = radius, radius * (1 - _KAPPA)
    return (
        f"{left + r:.3f} {top:.3f} m {right - r:.3f} {top:.3f} l "
        f"{right - k:.3f} {top:.3f} {right:.3f} {top - k:.3f} {right:.3f} {top - r:.3f} c "
        f"{right:.3f} {bottom + r:.3f} l "
        f"{right:.3f} {bottom + k:.3f} {right - k:.3f} {bottom:.3f} {right - r:.3f} {bottom:.3f} c "
        f"{left + r:.3f} {bottom:.3f} l "
        f"{left + k:.3f} {bottom:.3f} {left:.3f} {bottom + k:.3f} {left:.3f} {bottom + r:.3f} c "
        f"{left:.3f} {top - r:.3f} l {left:.3f} {top - k:.3f} {left + k:.3f} {top:.3f} {left + r:.3f} {top:.3f} c h"
    )
