"""Code 128-C and EAN-13 as run lengths, and which Code 128 a reader may take for an EAN-13.

Source: ISO/IEC 15417 (Code 128); ISO/IEC 15420 (EAN-13).
"""

from __future__ import annotations

from ._errors import ContractError

_START_C = 105
_STOP = bytes((2, 3, 3, 1, 1, 1, 2))
_EAN_WIDTHS = ("3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112")
_EAN_MIRRORED = (False, False, True, True, False, True)
"""Which of the six digits left of the middle are mirrored: this says that the number begins with 2."""
_WIDTHS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222"
    "123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321"
    "232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121"
    "313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224"
    "111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111"
    "111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113"
    "114311411113411311113141114131311141411131211412211214211232"
)
_SYMBOLS = [bytes(map(int, _WIDTHS[at : at + 6])) for at in range(0, len(_WIDTHS), 6)]


def code_128_runs(digits: str) -> tuple[int, ...]:
    """Widths of bars and spaces in modules, bar first, quiet zones left out.

    Args:
        digits: An even, positive number of ASCII digits; 20 of them make 145 modules.

    Returns:
        Run lengths, shape ``(6 * (len(digits) // 2 + 2) + 7,)``, each 1..4.

    Raises:
        ContractError: The text is not an even number of digits.

    Example:
        >>> sum(code_128_runs("47001000000051620577"))
        145
    """
    if not digits or len(digits) % 2 or not (digits.isascii() and digits.isdigit()):
        raise ContractError(f"Code 128-C takes an even number of digits, not {digits!r}")
    values = [_START_C, *(int(digits[place : place + 2]) for place in range(0, len(digits), 2))]
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return tuple(b"".join([*map(_SYMBOLS.__getitem__, values), _SYMBOLS[check], _STOP]))


def ean_13_runs(digits: str) -> tuple[int, ...]:
    """Widths of bars and spaces in modules, bar first, quiet zones left out.

    Args:
        digits: Thirteen ASCII digits that begin with 2: numbers a store gives itself.

    Returns:
        Run lengths, shape ``(59,)``, each 1..4; together 95 modules.

    Raises:
        ContractError: The text is no such number.

    Example:
        >>> sum(ean_13_runs("2901234567891"))
        95
    """
    if len(digits) != 13 or not (digits.isascii() and digits.isdigit() and digits[0] == "2"):
        raise ContractError(f"these bars take thirteen digits from 2 on, not {digits!r}")
    widths = [_EAN_WIDTHS[int(digit)] for digit in digits[1:]]
    left = [text[::-1] if mirrored else text for text, mirrored in zip(widths[:6], _EAN_MIRRORED, strict=True)]
    return tuple(map(int, "".join(("111", *left, "11111", *widths[6:], "111"))))


def reads_as_ean_13(runs: tuple[int, ...]) -> bool:
    """Whether a lax reader might find an EAN-13 that begins with the first or the last bar.

    A reader that takes widths by their ratios sees EAN-13's first guard in a narrow bar, space and bar at either end,
    and its digits check only one number in ten. What it must also find is the guard in the middle, five runs alike, and
    clear space after the last guard: three modules by that guard's own measure. A coarse picture hides half a module.

    Args:
        runs: Widths of bars and spaces in modules, bar first, at least 60 of them.

    Example:
        >>> [reads_as_ean_13(code_128_runs(code)) for code in ("47023391816501386535", "47023000000057317912")]
        [True, False]
    """
    return _ean_13_may_begin(runs) or _ean_13_may_begin(runs[::-1])


def _ean_13_may_begin(runs: tuple[int, ...]) -> bool:
    middle, guard, clear = runs[27:32], runs[56:59], runs[59]
    if 4 * clear + 2 < 3 * sum(guard):
        return False
    total = sum(middle)
    return 10 * max(middle) <= 3 * total + 5 and 10 * min(middle) >= total - 5
