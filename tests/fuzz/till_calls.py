"""Fuzz every call of the service from its own OpenAPI document, with the credential of each role; long.

Run: ``python -m fuzz.till_calls --examples 2000`` in `tests`; exit 1 when an answer is a 5xx, breaks the document or
is a refusal without a reason, or the books are not whole afterwards. Needs schemathesis (`make fuzz-till`).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "stores"))

from ledger_samples import AT, WHO, plan_content  # noqa: E402
from till_service import KEYS, running_service  # noqa: E402

from regulars.adapters.ledger import create_ledger  # noqa: E402
from regulars.api import _auth  # noqa: E402
from regulars.kernel import StoreId, lane_secret  # noqa: E402

ROLES = {"lane": ("12", "4"), "back room": ("12", "*"), "another store": ("13", "4"), "command": ("*", "desk")}
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=2_000, help="of each call and role")
    examples = parser.parse_args().examples
    _auth._UNKNOWN_CODES_MAX = 10**9  # made-up codes are all unknown; the throttle has tests of its own
    failed = []
    with TemporaryDirectory() as folder:
        ledger = create_ledger("sqlite:///ledger.db", folder=Path(folder))
        ledger.apply_plan(plan_content(), at=AT, actor=WHO)
        with running_service(ledger) as service:
            for role, (store_id, lane_id) in ROLES.items():
                who = {
                    "SCHEMATHESIS_HOOKS": "till_hooks",
                    "PYTHONPATH": f"{HERE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
                    "REGULARS_FUZZ_LANE": f"{store_id}/{lane_id}",
                    "REGULARS_FUZZ_SECRET": lane_secret(KEYS, StoreId(store_id), lane_id, 1).hex(),
                    "REGULARS_FUZZ_AT": service.clock.now_at().isoformat(),
                }
                print(f"as {role}:", flush=True)  # noqa: T201
                command = [Path(sys.executable).with_name("st"), "run", f"{service.url}/openapi.json"]
                asked = ["--max-examples", f"{examples}", "--checks", CHECKS, "--seed", "1", "--no-color"]
                done = subprocess.run([*command, *asked], env={**os.environ, **who}, check=False)
                failed += [role] if done.returncode else []
        findings = ledger.verify()
        ledger.close()
    print(f"failed as: {failed or 'nobody'}; findings in the books: {len(findings)}")  # noqa: T201
    return 1 if failed or findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
