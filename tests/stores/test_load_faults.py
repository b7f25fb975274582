"""Loads that are killed, store-days in any order: a small share of what `make faults-ingest` does."""

import json
import subprocess
import sys
from pathlib import Path

from load_faults import shuffled_is_in_order


def test_store_days_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    found = shuffled_is_in_order(tmp_path, 24)
    assert found["files"] == 28
    assert found["rows_delivered"] > 1.5 * found["rows"]


def test_a_killed_load_leaves_the_state_before_or_after_a_file() -> None:
    script = Path(__file__).with_name("load_faults.py")
    command = [sys.executable, str(script), "--kills", "6", "--store-days", "4"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["kills"] == 6
