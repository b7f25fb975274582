"""Signed till packs: what a lane takes, and everything it must refuse."""

import json
import random
from pathlib import Path

import pytest
from tests.unit.redeem.test_redeem_pack import made_pack

from regulars.adapters import CHANGE_SUFFIX, FileJournal, open_pack, pack_public_key, read_pack, sign_pack
from regulars.kernel import CodeKeys, ContractError, RegularsError, StoreError
from regulars.redeem import TillPack

KEYS = CodeKeys(b"c" * 32, b"s" * 32, b"p" * 32)
PUBLIC = pack_public_key(KEYS)
PACK = made_pack(1, 2)


def read(file: bytes, earlier: TillPack | None = None, store: str = "12", public: str = PUBLIC) -> TillPack:
    return read_pack(file, public, store, earlier=earlier)


def test_signed_and_read() -> None:
    file = sign_pack(PACK, KEYS)
    assert read(file) == PACK
    assert file == sign_pack(PACK, KEYS)


def test_a_difference_is_read_with_the_pack_it_is_about() -> None:
    later = made_pack(1, 1, number=9)
    file = sign_pack(later, KEYS, since=PACK)
    assert read(file, earlier=PACK) == later
    for other in (None, made_pack(1)):
        with pytest.raises(ContractError, match="since another pack"):
            read(file, earlier=other)


def test_a_difference_beside_a_pack_is_laid_over_it(tmp_path: Path) -> None:
    later = made_pack(1, 1, number=9)
    file = tmp_path / "store.pack"
    file.write_bytes(sign_pack(PACK, KEYS))
    assert open_pack(file, PUBLIC, "12") == PACK
    change = file.with_suffix(CHANGE_SUFFIX)
    change.write_bytes(sign_pack(later, KEYS, since=PACK))
    assert open_pack(file, PUBLIC, "12") == later
    file.write_bytes(sign_pack(made_pack(1), KEYS))
    with pytest.raises(ContractError, match=r"store\.change: the till pack tells what changed since another pack"):
        open_pack(file, PUBLIC, "12")
    file.unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        open_pack(file, PUBLIC, "12")


def test_no_changed_byte_is_taken() -> None:
    file = sign_pack(PACK, KEYS)
    for place in range(len(file)):
        spoiled = bytearray(file)
        spoiled[place] ^= 1 << random.Random(place).randrange(8)
        with pytest.raises(ContractError):
            read(bytes(spoiled))
    for length in range(0, len(file), 7):
        with pytest.raises(ContractError):
            read(file[:length])


def test_no_bytes_make_it_fail_otherwise() -> None:
    draw = random.Random(3)
    for _ in range(300):
        with pytest.raises(ContractError):
            read(draw.randbytes(draw.randrange(400)))


def test_what_another_workspace_signed_is_refused() -> None:
    forged = sign_pack(PACK, CodeKeys(b"x" * 32, b"s" * 32, b"p" * 32))
    with pytest.raises(ContractError, match="not signed by this workspace"):
        read(forged)
    with pytest.raises(ContractError, match="64 hex"):
        read(forged, public="12")


def test_another_stores_pack_is_refused() -> None:
    with pytest.raises(ContractError, match=r"for store 12; expected store 3"):
        read(sign_pack(PACK, KEYS), store="3")


def test_an_older_pack_is_refused() -> None:
    with pytest.raises(ContractError, match=r"older \(7\)"):
        read(sign_pack(PACK, KEYS), earlier=made_pack(1, 2, number=8))


def test_the_public_key_signs_nothing_and_makes_no_code() -> None:
    assert bytes.fromhex(PUBLIC) not in (KEYS.code, KEYS.shuffle, KEYS.phone)
    assert PUBLIC not in sign_pack(PACK, KEYS).decode(errors="replace")


def test_journal_keeps_what_was_answered_cut_at_any_byte(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "j")
    ends = [0]
    for number in range(4):
        journal.append({"n": number, "text": "ä\n" * number})
        ends.append((tmp_path / "j").stat().st_size)
    journal.close()
    content = (tmp_path / "j").read_bytes()
    for cut in range(len(content) + 1):
        (tmp_path / "k").write_bytes(content[:cut])
        opened = FileJournal(tmp_path / "k")
        whole = sum(end <= cut for end in ends) - 1
        assert [entry["n"] for entry in opened.entries()] == list(range(whole))
        opened.append({"n": 99})
        opened.close()
        again = FileJournal(tmp_path / "k")
        assert [entry["n"] for entry in again.entries()] == [*range(whole), 99]
        again.close()


def test_journal_damaged_in_the_middle_is_for_a_person(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "j")
    for number in range(3):
        journal.append({"n": number})
    journal.close()
    content = bytearray((tmp_path / "j").read_bytes())
    content[12] ^= 1
    (tmp_path / "j").write_bytes(content)
    with pytest.raises(StoreError, match="damaged at byte 0"):
        FileJournal(tmp_path / "j")


def test_journal_has_one_user(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "j")
    with pytest.raises(StoreError, match="in use"):
        FileJournal(tmp_path / "j")
    journal.close()
    FileJournal(tmp_path / "j").close()
    with pytest.raises(RegularsError, match="cannot be opened"):
        FileJournal(tmp_path / "none" / "j")


def test_head_says_what_it_is() -> None:
    head = json.loads(sign_pack(PACK, KEYS).partition(b"\n")[0])
    assert (head["store"], head["plan"], head["number"]) == ("12", "plan-a", 7)
