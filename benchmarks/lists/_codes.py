"""Altered and guessed list codes against the full check: MAC, cycle, a list that is live at this store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from regulars.kernel import CodeForm, check_digit, digest_of, list_code, read_list_code, shuffled_sequence
from regulars.testing import SAMPLE_KEYS

CYCLE = 23
VERSION = 47
GENUINE = 1_000


@dataclass(frozen=True)
class CodesTried:
    """What came of the tries; `check_digit_alone` is the control: what a lane without keys and lists would accept."""

    tried: int
    accepted: int
    mac_alone: int
    check_digit_alone: int
    genuine_accepted: int


def _code(position: int, cycle_number: int = CYCLE) -> str:
    sequence = shuffled_sequence(SAMPLE_KEYS, cycle_number, position)
    return list_code(SAMPLE_KEYS, CodeForm(VERSION), cycle_number=cycle_number, sequence=sequence)


def _with_check_digit(digits: str) -> str:
    return digits + str(check_digit(digits))


def _tries(genuine: list[str], draw: random.Random) -> Iterator[str]:
    """Slips, swaps, guesses, splices, codes of other cycles, other chains' keys and another store; without end."""
    others = [_code(position, CYCLE + 1) for position in range(GENUINE)]
    elsewhere = [_code(position) for position in range(GENUINE, 2 * GENUINE)]
    forged_keys = replace(SAMPLE_KEYS, code=b"f" * 32)
    while True:
        code, other = draw.choice(genuine), draw.choice(genuine)
        place = draw.randrange(20)
        yield code[:place] + str((int(code[place]) + draw.randrange(1, 10)) % 10) + code[place + 1 :]
        place = draw.randrange(19)
        if code[place] != code[place + 1]:
            yield code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        yield _with_check_digit(f"{VERSION}{CYCLE:03d}{draw.randrange(10**8):08d}{draw.randrange(10**6):06d}")
        yield _with_check_digit(code[:13] + f"{draw.randrange(10**6):06d}")
        if code != other:
            yield _with_check_digit(code[:13] + other[13:19])
        yield draw.choice(others)
        yield draw.choice(elsewhere)
        yield list_code(forged_keys, CodeForm(VERSION), cycle_number=CYCLE, sequence=int(code[5:13]))


def try_codes(number: int, seed: int) -> CodesTried:
    """Try altered and guessed codes.

    Args:
        number: How many.
        seed: Draws them.
    """
    genuine = [_code(position) for position in range(GENUINE)]
    live = {digest_of(code) for code in genuine}

    def passes_mac(code: str) -> bool:
        return read_list_code(SAMPLE_KEYS, code, cycle_number=CYCLE) is not None

    def passes(code: str) -> bool:
        return passes_mac(code) and digest_of(code) in live

    accepted = mac_alone = digit_alone = tried = 0
    known = set(genuine)
    for code in _tries(genuine, random.Random(seed)):
        if code in known:
            continue
        tried += 1
        digit_alone += check_digit(code) == 0
        mac_alone += passes_mac(code)
        accepted += passes(code)
        if tried == number:
            break
    return CodesTried(tried, accepted, mac_alone, digit_alone, sum(map(passes, genuine)))
