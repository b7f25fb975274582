"""Real SIGKILLs: whenever apply dies, the ledger is as before or as after, and the same call again mends it."""

import json
import subprocess
import sys
from pathlib import Path

KILLS = 40
HERE = Path(__file__).parent


def test_killed_apply_leaves_old_or_new(ledger_url: str) -> None:
    done = subprocess.run(
        [sys.executable, HERE / "ledger_killing.py", ledger_url, str(KILLS), "20171127"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["killed"] == KILLS
    assert seen["inside the transaction"] >= KILLS // 2, seen
    assert (seen["answered and lost"], seen["half written"], seen["findings"]) == (0, 0, 0), seen
    assert seen["second try wrote"] + seen["second try found it"] == KILLS, seen
    assert seen["second try found it"] == seen["answered"] + seen["committed, not answered"], seen
