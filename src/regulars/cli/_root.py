"""The command `regulars` with all its groups."""

from __future__ import annotations

import click

from ._campaigns import campaign
from ._cells import cells
from ._cycles import cycle, demo
from ._data import data
from ._deals import deal
from ._forecast_explain import forecast_coupons, forecast_explain
from ._forecasting import forecast, profiles
from ._list_desk import lists_answers, lists_approve, lists_proof, lists_reissue, lists_void
from ._lists import lists
from ._mail import lists_send, lists_texts, mail
from ._plan_reading import plan_diff, plan_explain
from ._plans import plan
from ._settlement import ledger, settlement
from ._setup import config, doctor, init
from ._staff import staff
from ._tills import serve, till


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="regulars", prog_name="regulars")
def commands() -> None:
    """One-to-one marketing for grocers: from till logs to personal shopping lists.

    A workspace holds one chain: `regulars init DIR` makes it; the other commands run inside it or take --workspace.
    """


_GROUPS = (
    init, config, doctor, data, profiles, forecast, cells, deal, campaign, plan, lists, mail, cycle, demo, serve, till,
    settlement, ledger, staff,
)  # fmt: skip
for _command in _GROUPS:
    commands.add_command(_command)

for _command in (lists_send, lists_texts, lists_proof, lists_approve, lists_void, lists_reissue, lists_answers):
    lists.add_command(_command)
for _command in (plan_explain, plan_diff):
    plan.add_command(_command)

for _command in (forecast_explain, forecast_coupons):
    forecast.add_command(_command)
