"""The list code: 20 digits of Code 128-C, or 13 of EAN-13, that point to a list, and the phone's secret.

``VV CCC SSSSSSSS MMMMMM K``: format version, cycle, shuffled sequence, MAC, check digit. The code proves nothing
by itself: whoever honours it looks up the live sequence, the cycle and the offers' stores as well. The MAC is one with
which the bars cannot be taken for an EAN-13. Thirteen digits have no room for a MAC: they are ``PP NNNNNNNNNN K``,
where N is cycle and sequence under a keyed permutation.

Source: docs/concepts/list-code.md; Damm, H. M., Total anti-symmetrische Quasigruppen (2004), for the check digit;
GS1 General Specifications, section 7.9, for that of EAN-13, and 1.4 for the prefixes of restricted circulation.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from itertools import count

from ._bars import code_128_runs, reads_as_ean_13
from ._errors import ContractError

LIST_CODE_DIGITS = 20
_SEQUENCES = 10**8
_EAN_CYCLES = 100
"""Cycles after which thirteen digits may come again: almost four years of fortnights."""
_ROUNDS = 6
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BETWEEN_GROUPS = dict.fromkeys(map(ord, " \t\u00a0\u2007\u2009\u202f-\u2010\u2011\u2012\u2013"))
"""Blanks and dashes of any kind."""
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


@dataclass(frozen=True)
class CodeKeys:
    """The secrets codes are made with; 32 bytes each.

    Args:
        code: Signs list codes; a cycle's key is derived from it.
        shuffle: Orders the sequences of a cycle.
        phone: Makes the secret in the QR code, which opens a list without log-in.
    """

    code: bytes
    shuffle: bytes
    phone: bytes

    def __repr__(self) -> str:
        return "CodeKeys(code=..., shuffle=..., phone=...)"


@dataclass(frozen=True)
class CodeForm:
    """How a chain writes its list codes.

    Args:
        version: Format version, the first two of twenty digits, 0..99.
        ean_prefix: First two of thirteen digits, 20..29, for tills that read EAN-13 alone; None for twenty digits.
    """

    version: int
    ean_prefix: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.version < 100:
            raise ContractError(f"list code version {self.version}, expected 0 to 99")
        if self.ean_prefix is not None and not 20 <= self.ean_prefix < 30:
            raise ContractError(
                f"EAN-13 prefix {self.ean_prefix}, expected 20 to 29: numbers a store gives itself"
            )


@dataclass(frozen=True)
class ListCode:
    """The parts of a list code whose check digit and MAC are right."""

    version: int
    cycle_number: int
    sequence: int


def check_digit(digits: str) -> int:
    """The Damm check digit: catches every single wrong digit and every swap of neighbours.

    Example:
        >>> check_digit("572")
        4
    """
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return interim


def _ean_check_digit(digits: str) -> int:
    return -sum((3 if place % 2 else 1) * int(digit) for place, digit in enumerate(digits)) % 10


def _signed(keys: CodeKeys, body: str, cycle_number: int) -> str:
    """The body with its MAC and check digit: the first of the MACs in turn whose bars pass for Code 128 alone."""
    cycle_key = hmac.digest(keys.code, f"cycle {cycle_number}".encode(), "sha256")
    for turn in count():
        text = f"{body} {turn}" if turn else body
        tag = int.from_bytes(hmac.digest(cycle_key, text.encode(), "sha256")[:8], "big") % 10**6
        signed = f"{body}{tag:06d}"
        code = signed + str(check_digit(signed))
        if not reads_as_ean_13(code_128_runs(code)):
            break
    return code


def shuffled_sequence(keys: CodeKeys, cycle_number: int, position: int, edition: str = "") -> int:
    """The sequence of the list at a position of the cycle: a keyed permutation of 0..99,999,999.

    Args:
        keys: The workspace's secrets.
        cycle_number: Cycle, from 1.
        position: Place of the list in its cycle, 0 <= position < 10**8.
        edition: Which plan of the cycle; another edition shuffles anew, so that a list of a recalled plan does not
            open the list that stands in its place now.

    Raises:
        ContractError: The position does not fit eight digits.
    """
    if not 0 <= position < _SEQUENCES:
        raise ContractError(f"list position {position} does not fit eight digits")
    marks = (f"{cycle_number} ", edition and f" {edition}")
    return _permuted(keys.shuffle, position, half=10**4, marks=marks)


def _permuted(key: bytes, number: int, *, half: int, marks: tuple[str, str]) -> int:
    """A keyed permutation of the numbers below ``half * half``; the marks choose which."""
    left, right = divmod(number, half)
    for turn in range(_ROUNDS):
        text = f"{marks[0]}{turn} {right}{marks[1]}".encode()
        step = int.from_bytes(hmac.digest(key, text, "sha256")[:8], "big")
        left, right = right, (left + step) % half
    return left * half + right


def list_code(keys: CodeKeys, form: CodeForm, *, cycle_number: int, sequence: int) -> str:
    """The 20 or 13 digits printed under the bars.

    Args:
        keys: The workspace's secrets.
        form: How the chain writes them.
        cycle_number: Cycle, from 1; of twenty digits its last three are printed.
        sequence: Shuffled sequence inside the cycle, 0..99,999,999.

    Raises:
        ContractError: A part does not fit its digits.
    """
    if not (0 <= sequence < _SEQUENCES and cycle_number >= 1):
        raise ContractError(f"list code parts out of range: cycle {cycle_number}, sequence {sequence}")
    if form.ean_prefix is not None:
        number = cycle_number % _EAN_CYCLES * _SEQUENCES + sequence
        hidden = _permuted(keys.code, number, half=10**5, marks=("ean ", ""))
        digits = f"{form.ean_prefix}{hidden:010d}"
        return digits + str(_ean_check_digit(digits))
    body = f"{form.version:02d}{cycle_number % 1000:03d}{sequence:08d}"
    return _signed(keys, body, cycle_number)


def code_as_scanned(text: str) -> str:
    """A list code as a scanner reads it, of one that somebody typed in groups as it is printed.

    Example:
        >>> code_as_scanned("47024 69727342-1741807")
        '47024697273421741807'
    """
    return text.translate(_BETWEEN_GROUPS)


def read_list_code(keys: CodeKeys, code: str, *, cycle_number: int) -> ListCode | None:
    """The parts of a code that belongs to a cycle, or None if it is mistyped, forged or of another cycle.

    Args:
        keys: The workspace's secrets.
        code: What was scanned or typed.
        cycle_number: The live cycle it is checked against.
    """
    if len(code) != LIST_CODE_DIGITS or not (code.isascii() and code.isdigit()) or check_digit(code) != 0:
        return None
    expected = _signed(keys, code[:13], cycle_number)
    if int(code[2:5]) != cycle_number % 1000 or not hmac.compare_digest(code, expected):
        return None
    return ListCode(int(code[:2]), cycle_number, int(code[5:13]))


def qr_secret(keys: CodeKeys, *, cycle_number: int, sequence: int) -> str:
    """The 16 Crockford base-32 characters (80 bits) of the phone address; shares nothing with the list code."""
    return _crockford(keys.phone, f"{cycle_number} {sequence}", characters=16)


def unsubscribe_token(keys: CodeKeys, household_id: str) -> str:
    """The 26 Crockford base-32 characters (130 bits) with which a household unsubscribes without log-in."""
    return _crockford(keys.phone, f"unsubscribe {household_id}", characters=26)


def device_token(keys: CodeKeys, household_id: str) -> str:
    """The 26 Crockford base-32 characters a phone keeps by which it still opens a list that is hidden from others."""
    return _crockford(keys.phone, f"device {household_id}", characters=26)


def form_token(keys: CodeKeys, secret: str) -> str:
    """The 26 Crockford base-32 characters that the forms of a phone page send along, against forged ones."""
    return _crockford(keys.phone, f"form {secret}", characters=26)


def _crockford(key: bytes, text: str, *, characters: int) -> str:
    """The first bits of a keyed digest, five a character."""
    bits = 5 * characters
    number = int.from_bytes(hmac.new(key, text.encode(), hashlib.sha256).digest(), "big") >> (256 - bits)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(bits - 5, -1, -5))
