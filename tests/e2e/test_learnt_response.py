"""How readily offers are used, taken from coupons a store sent before, by command."""

import re
import shutil
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from synthetic_chain import DAY, result_here, run_here

from regulars.adapters import arrow_schema
from regulars.bootstrap import Workspace
from regulars.bootstrap._bound import write_report
from regulars.contracts import table
from regulars.flows import NewFile, Publication, Role

sys.path.append(str(Path(__file__).parents[1] / "stores"))
from office_desk import OfficeTrial


def sent_in_vain(root: Path) -> None:
    """A campaign of 48 coupons that every household was sent, of which nobody used one."""
    sent_on, closed_on = DAY - timedelta(days=60), DAY - timedelta(days=30)
    sent = {"campaign_id": "spring", "known_from_on": sent_on}
    with Workspace.open(root) as workspace, workspace.writing("test"):
        warehouse = workspace.warehouse
        lines = pa.concat_tables(
            pq.ParquetFile(file.path).read(["household_id", "product_id"]) for file in warehouse.files("lines")
        )
        households = sorted(set(lines["household_id"].to_pylist()) - {None})
        products = sorted(set(lines["product_id"].to_pylist()))[:48]
        rows = {
            "campaigns": [{**sent, "kind": "paper", "from_on": sent_on, "until_on": closed_on}],
            "targets": [{**sent, "household_id": household} for household in households],
            "coupons": [{**sent, "coupon_id": product, "product_id": product} for product in products],
        }
        with warehouse.scratch() as folder:
            files = {}
            for name, entries in rows.items():
                pq.write_table(
                    pa.Table.from_pylist(entries, schema=arrow_schema(table(name))), folder / f"{name}.parquet"
                )
                files[name] = [NewFile(folder / f"{name}.parquet")]
            warehouse.publish(Publication(files))


def margin_estimated(root: Path) -> tuple[float, str]:
    """What the office's form says a campaign on coffee may bring, in whole units, and its page."""
    with Workspace.open(root) as workspace:
        office = OfficeTrial(workspace)
        office.clock.off = datetime.combine(DAY, time(18), UTC) - office.clock.now_at()
        page = office.signed_in(Role.MARKETING).get("/office/campaigns/new?category=COFFEE").text
    found = re.search(r'<th scope="row">Margin.*?</th><td class="num">\$([0-9,]+)</td>', page, re.DOTALL)
    assert found
    return float(found[1].replace(",", "")), page


def test_a_plan_expects_fewer_uses_where_coupons_were_sent_in_vain(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shutil.copytree(finished, tmp_path / "w")
    sent_in_vain(root)
    uses, plans = {}, {}
    for response in ("assumed", "learnt"):
        monkeypatch.setenv("REGULARS_OFFERS__RESPONSE", response)
        (plan,) = result_here("plan", "build", "--as-of", DAY, "--workspace", root)
        plans[response] = plan["plan_id"]
        uses[response] = plan["expected_redemptions"] / plan["grants"]
        shown = run_here("plan", "show", plan["plan_id"], "--workspace", root).stdout
        assert ("as coupons of campaigns closed before" in shown) == (response == "learnt")
    assert uses["learnt"] < uses["assumed"]
    for response, other in (("assumed", "learnt"), ("learnt", "assumed")):
        monkeypatch.setenv("REGULARS_OFFERS__RESPONSE", other)
        with Workspace.open(root) as workspace:
            page = write_report(workspace, plans[response], DAY, []).path.read_text(encoding="utf-8")
        assert ("as coupons of campaigns closed before" in page) == (response == "learnt")
    margins = {}
    for response in ("assumed", "learnt"):
        monkeypatch.setenv("REGULARS_OFFERS__RESPONSE", response)
        margins[response], page = margin_estimated(shutil.copytree(root, tmp_path / response))
        assert ("presumed to be used as coupons of campaigns closed before" in page) == (response == "learnt")
        assert ("how readily offers are used are assumed" in page) == (response == "assumed")
    assert margins["learnt"] < margins["assumed"]
