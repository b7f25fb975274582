"""Commands of checkout: `serve`, and of `till`: credentials, packs, controllers, and tills to try it with."""

from __future__ import annotations

import datetime
import functools
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from regulars.kernel import StoreError, dollars

from ._common import DAY, in_workspace, json_option, say, say_json, say_table
from ._progress import TerminalProgress
from ._settling import anything_in, say_settled

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace, WrittenPack
    from regulars.flows import TillDay

_CODES_TOLD = 4
_URL = "http://127.0.0.1:8320"
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_BY = click.option("--by", "actor", default="command line", show_default=True, help="Who; kept in the audit.")
_FILE_OUT = click.Path(path_type=Path, dir_okay=False)


def _said_at_once(command: Callable[..., Any]) -> Callable[..., Any]:
    """Say that the service starts before anything large is loaded: a busy machine takes its time over that."""

    @functools.wraps(command)
    def wrapper(**arguments: Any) -> Any:
        click.echo("Starting the service (some seconds; it says when it listens) ...", err=True)
        return command(**arguments)

    return wrapper


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8320, show_default=True, help="Port.")
@click.option(
    "--today",
    type=DAY,
    metavar="DATE",
    help="In the demonstration only: the day to pretend it is; the first day of its lists by default. A day after "
    "their last ends their specials for good.",
)
@_said_at_once
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
@click.option("--new-store", is_flag=True, help="The store has sold nothing yet, so no loaded line names it.")
@in_workspace
@json_option
def till_enrol(workspace: Workspace, *, store_id: str, lane_id: str, new_store: bool, as_json: bool) -> None:
    """Print the secret with which lane LANE of STORE signs its calls. LANE * is the back room that tells of logs."""
    from regulars.bootstrap import enrol_lane

    credential = enrol_lane(workspace, store_id, lane_id, new_store=new_store)
    if as_json:
        say_json(credential)
    else:
        say(credential.secret)


@till.command("goods")
@click.argument("wanted", metavar="[LIST]", required=False)
@in_workspace
@json_option
def till_goods(workspace: Workspace, *, wanted: str | None, as_json: bool) -> None:
    """What each special of a list counts for, so that a basket can be rung with it: the codes of its goods.

    LIST is the code under its bars, or the household; by default the first list of the applied plan. With --json also
    the lines of a basket that uses every special, as a till sends them.
    """
    from regulars.bootstrap import goods_of_list

    goods = goods_of_list(workspace, wanted)
    if as_json:
        say_json(goods)
        return
    say(
        f"List {goods.list_code}: household {goods.household_id}, home store {goods.store_id}, plan {goods.plan_id}."
    )
    say(f"It holds from {goods.from_on} to {goods.last_on}, in every store unless a special names some.")
    say_table(
        ("special", "saves", "units", "counts for", "stores"),
        [
            (one.text, dollars(one.saving_cents), one.units, _some(one.product_ids), _some(one.store_ids) or "all")
            for one in goods.specials
        ],
    )
    say("The first code is that of the goods that are printed; --json tells all of them.")


def _some(names: Sequence[str]) -> str:
    more = len(names) - _CODES_TOLD
    return ", ".join(names[:_CODES_TOLD]) + (f" and {more:,} more" if more > 0 else "")


@till.command("sim")
@click.option("--url", default=_URL, show_default=True, help="Where the service listens.")
@click.option(
    "--baskets", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many to ring."
)
@click.option("--lanes", type=click.IntRange(1, 64), default=4, show_default=True, help="On how many lanes.")
@click.option("--store", "store_id", default="", help="In which store; by default the first that has a list.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which baskets, and what goes wrong.")
@click.option(
    "--lose", "lose_share", type=click.FloatRange(0, 0.9), default=0.0, help="Share of answers the network loses."
)
@click.option(
    "--crash", "crash_share", type=click.FloatRange(0, 1), default=0.0, help="Share of baskets whose lane dies."
)
@click.option(
    "--cut", "cut_share", type=click.FloatRange(0, 1), default=0.0, help="Share of baskets without a network."
)
@click.option("--pack", type=_FILE, help="The store's till pack, for lanes without a network.")
@click.option("--controller", "controller_url", default="", help="Where the store's controller listens.")
@in_workspace
@json_option
def till_sim(workspace: Workspace, *, as_json: bool, **chosen: Any) -> None:
    """Ring made-up baskets with lists of the applied plan against the running service, then tell the day's log.

    A lane that dies does so at one of six points, and comes back with its journal. At the end the day is closed.
    """
    from regulars.bootstrap import TillTrial, simulate_tills

    seen = simulate_tills(workspace, TillTrial(**chosen))
    if as_json:
        say_json(seen)
    else:
        _say_day(seen)
    if seen.untold:
        message, _, hint = seen.untold.partition("\nhint: ")
        raise StoreError(message, hint=hint)


def _say_day(seen: TillDay) -> None:
    say(
        f"{seen.baskets:,} baskets rung, {seen.paid:,} paid; {seen.crashed:,} lanes died and came back; "
        f"{seen.cut_off:,} had no network."
    )
    say(f"{seen.offers_given:,} offers given; {dollars(seen.saved_cents)} off {dollars(seen.amount_cents)}.")
    say(
        f"Of these the store's controller gave {seen.given_by_controller:,}, lanes alone {seen.given_alone:,}; "
        f"{dollars(seen.credited_cents)} were made good afterwards."
    )
    say(f"Lanes told: {_counts(seen.told)}.")
    say(f"The day's log: {seen.logged:,} receipts, {_counts(seen.outcomes)}. The baskets are made up.")
    if seen.closed:
        say(f"The day is closed: {seen.still_open:,} grants were armed and on no receipt; they are free again.")
    else:
        say("The day is not closed: the service was not told all of its log.")


def _counts(outcomes: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(outcomes.items())) or "nothing"


@till.command("key")
@in_workspace
def till_key(workspace: Workspace) -> None:
    """Print the public key with which lanes and controllers check till packs. It signs nothing."""
    from regulars.adapters import pack_public_key

    say(pack_public_key(workspace.keys))


@till.command("pack")
@click.argument("store_id", metavar="STORE")
@click.option("--out", type=_FILE_OUT, required=True, help="File to write.")
@click.option("--since", type=_FILE, help="A pack the store has: write only what changed since.")
@in_workspace
@json_option
def till_pack(workspace: Workspace, *, store_id: str, out: Path, since: Path | None, as_json: bool) -> None:
    """Write the signed till pack of STORE: what its lanes and its controller may give while the centre is away.

    The escrow grants of the store's own households are lent to its controller; nobody else gives them meanwhile.
    """
    from regulars.bootstrap import write_pack

    _say_pack(write_pack(workspace, store_id, out, since=since), as_json=as_json)
    if not as_json and since is None:
        say(f"Try it: `regulars till sim --store {store_id} --cut 0.5 --pack {out}`, beside `regulars serve`.")
    elif not as_json:
        say(f"It says what changed since {since}: lay it there as store.change, and start the controller anew.")


@till.command("kit")
@click.argument("store_id", metavar="STORE")
@click.argument("kit", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@click.option("--lanes", type=click.IntRange(1, 500), default=4, show_default=True, help="Lanes, numbered from 1.")
@in_workspace
@json_option
def till_kit(workspace: Workspace, *, store_id: str, kit: Path, lanes: int, as_json: bool) -> None:
    """Make FOLDER for the controller of STORE: its lanes' secrets, the key that checks packs, and its pack."""
    from regulars.bootstrap import write_controller_folder

    written = write_controller_folder(workspace, store_id, kit, lanes=lanes)
    _say_pack(written, as_json=as_json)
    if as_json:
        return
    if written.journal:
        say(
            f"{written.journal} stays: what it says was given counts on. A controller that runs must be started anew."
        )
    say(f"Start it in the store: `regulars till controller {kit}`.")


def _say_pack(written: WrittenPack, *, as_json: bool) -> None:
    if as_json:
        say_json(written)
        return
    say(f"{written.file}: {written.bytes:,} bytes for store {written.store_id}, plan {written.plan_id}.")
    say(
        f"{written.lists:,} lists; {written.capped:,} grants lanes may give alone, {written.escrow:,} the store's "
        f"controller ({written.lent:,} lent now)."
    )


@till.command("controller")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8321, show_default=True, help="Port.")
@click.option("--hand-back", "url", metavar="URL", help="Give all rights back to the centre there, and stop.")
def till_controller(folder: Path, *, host: str, port: int, url: str | None) -> None:
    """Answer a store's lanes for escrow offers, from FOLDER that `till kit` made; until interrupted."""
    from regulars.bootstrap import hand_back, open_controller

    controller = open_controller(folder)
    if url is not None:
        taken, told = hand_back(controller, url)
        say(f"{taken:,} of {told:,} rights are the centre's again.")
        if taken < told:
            say("The rest are the centre's already, or follow once every use was told: then run it again.")
        return
    api = importlib.import_module("regulars.api")  # a sibling: the command only starts it
    api.serve_controller(controller, host=host, port=port, say=lambda text: click.echo(text, err=True))


@till.command("settle")
@in_workspace
@json_option
def till_settle(workspace: Workspace, *, as_json: bool) -> None:
    """Settle what tills gave from the logs that are loaded. `data load` does it too; again changes nothing.

    An offer that a lane armed or told of was given if its goods are on the receipt. What came back is what the offers
    would not save on the rest. A basket whose lane never asked is credited what its household's offers had saved.
    """
    from regulars.bootstrap import settle_loaded
    from regulars.flows import SettledLogs

    with workspace.telling("till settle") as teller:
        settled = settle_loaded(workspace, teller, TerminalProgress()) or SettledLogs()
    if as_json:
        say_json(settled)
    elif not anything_in(settled):
        say("There is nothing to settle: no lane told of an offer, and no loaded log shows that one was missed.")
    else:
        say_settled(settled)


@till.command("credits")
@click.option("--household", "household_id", help="Of this household alone.")
@click.option("--card", "card_id", help="Of the household that has this card.")
@in_workspace
@json_option
def till_credits(workspace: Workspace, *, household_id: str | None, card_id: str | None, as_json: bool) -> None:
    """List what baskets missed because their lane could not ask, and nobody was paid yet: for the service desk."""
    from regulars.bootstrap import list_credits

    found = list_credits(workspace, household_id, card_id)
    if as_json:
        for one in found:
            say_json(one)
        return
    rows = [(one.receipt, one.household_id, one.offer, dollars(one.cents), one.duplicate) for one in found]
    say_table(("receipt", "household", "offer", "owed", "used meanwhile"), rows)
    say(f"{len(found):,} credits, {dollars(sum(one.cents for one in found))}.")


@till.command("pay-out")
@click.argument("receipt", metavar="DAY/STORE/LANE/NUMBER")
@_BY
@in_workspace
@json_option
def till_pay_out(workspace: Workspace, *, receipt: str, actor: str, as_json: bool) -> None:
    """Note that the shopper was paid what a receipt missed; only then the vendor is billed its part. Once."""
    from regulars.bootstrap import pay_credits

    paid = pay_credits(workspace, receipt, actor=actor)
    if as_json:
        say_json(paid)
        return
    for one in paid:
        say(f"{one.offer}: {dollars(one.cents)}")
    say(f"Pay {dollars(sum(one.cents for one in paid))} to household {paid[0].household_id}; it is noted.")


@till.command("close-day")
@click.argument("store_id", metavar="STORE")
@click.argument("day", type=DAY, metavar="DATE")
@_BY
@in_workspace
@json_option
def till_close_day(workspace: Workspace, *, store_id: str, day: datetime.date, actor: str, as_json: bool) -> None:
    """Close a day of STORE whose log is complete: what was armed and neither told nor shown was not given."""
    from regulars.bootstrap import close_store_day

    count = close_store_day(workspace, store_id, day, actor=actor)
    if as_json:
        say_json({"grants": count})
    elif count:
        say(f"{count:,} grants were armed or held and never given; they are free again.")
    else:
        say(f"0 grants were armed or held and never given: nothing of store {store_id} was open on {day}.")


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
    if seen.rung_before:
        say(f"{seen.rung_before:,} receipts were rung by a lane already; they stand as it told them.")
    for reason, count in seen.not_given.most_common():
        say(f"  not given, {reason}: {count:,}")
    say(seen.note)
