"""Commands of checkout: `serve`, `till enrol`, `till sim`, `till replay`."""

from __future__ import annotations

import datetime
import importlib
from typing import TYPE_CHECKING

import click

from regulars.kernel import dollars

from ._common import DAY, in_workspace, json_option, say, say_json
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace

_URL = "http://127.0.0.1:8320"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8320, show_default=True, help="Port.")
@click.option(
    "--today",
    type=DAY,
    metavar="DATE",
    help="In the demonstration only: the day to pretend it is; the first day of its lists by default.",
)
@in_workspace
def serve(workspace: Workspace, *, host: str, port: int, today: datetime.date | None) -> None:
    """Answer tills until interrupted. Meanwhile the service is the workspace's one writer."""
    api = importlib.import_module("regulars.api")  # a sibling: the command only starts it
    api.serve_workspace(workspace, host=host, port=port, today=today, say=lambda text: click.echo(text, err=True))


@click.group()
def till() -> None:
    """Lanes: their credentials, and a till to try the service with."""


@till.command("enrol")
@click.argument("store_id", metavar="STORE")
@click.argument("lane_id", metavar="LANE")
@in_workspace
@json_option
def till_enrol(workspace: Workspace, *, store_id: str, lane_id: str, as_json: bool) -> None:
    """Print the secret with which lane LANE of STORE signs its calls. LANE * is the back room that tells of logs."""
    from regulars.bootstrap import lane_credential

    credential = lane_credential(workspace, store_id, lane_id)
    if as_json:
        say_json(credential)
    else:
        say(credential.secret)


@till.command("sim")
@click.option("--url", default=_URL, show_default=True, help="Where the service listens.")
@click.option(
    "--baskets", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many to ring."
)
@click.option("--lanes", type=click.IntRange(1, 64), default=4, show_default=True, help="On how many lanes.")
@click.option("--store", "store_id", default="", help="In which store; 1 by default.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which baskets, and what goes wrong.")
@click.option("--lose", type=click.FloatRange(0, 0.9), default=0.0, help="Share of answers the network loses.")
@click.option("--crash", type=click.FloatRange(0, 1), default=0.0, help="Share of baskets whose lane dies unpaid.")
@in_workspace
@json_option
def till_sim(
    workspace: Workspace,
    *,
    url: str,
    baskets: int,
    lanes: int,
    store_id: str,
    seed: int,
    lose: float,
    crash: float,
    as_json: bool,
) -> None:
    """Ring made-up baskets with lists of the applied plan against the running service, then tell the day's log."""
    from regulars.bootstrap import simulate_tills

    seen = simulate_tills(
        workspace,
        url=url,
        baskets=baskets,
        lanes=lanes,
        store_id=store_id,
        seed=seed,
        lose_share=lose,
        crash_share=crash,
    )
    if as_json:
        say_json(seen)
        return
    say(
        f"{seen.baskets:,} baskets rung, {seen.paid:,} paid, {seen.crashed:,} lanes died, {seen.in_doubt:,} in doubt."
    )
    say(f"{seen.offers_given:,} offers given; {dollars(seen.saved_cents)} off {dollars(seen.amount_cents)}.")
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(seen.outcomes.items())) or "nothing"
    say(f"The day's log: {seen.logged:,} receipts, {told}. The baskets are made up.")


@till.command("replay")
@in_workspace
@json_option
def till_replay(workspace: Workspace, *, as_json: bool) -> None:
    """In the demonstration: ring the real receipts of the list's fortnight as if each household had shown its list.

    Told through the reference till into the ledger, so that settlement and the next cycle see it; again changes
    nothing. These households never saw the offers: the figures say what the offers would have cost, not what they do.
    """
    from regulars.bootstrap import replay_tills

    with workspace.writing("till replay"):
        seen = replay_tills(workspace, TerminalProgress())
    if as_json:
        say_json(seen)
        return
    say(f"{seen.first_on} to {seen.last_on}: {seen.receipts:,} receipts of households with a list.")
    say(
        f"{seen.offers_given:,} offers on {seen.receipts_with_offers:,} receipts of {seen.households:,} households."
    )
    say(f"They would have saved {dollars(seen.saved_cents)} of {dollars(seen.amount_cents)}.")
    for reason, count in seen.not_given.most_common():
        say(f"  not given, {reason}: {count:,}")
    say(seen.note)
