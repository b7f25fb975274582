"""Commands about who may sign in to the back office: `staff invite`, `staff list`, `staff reset`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from regulars.kernel import ContractError

from ._common import in_workspace, json_option, say, say_json, say_table

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace

_ROLES = ("marketing", "store_manager", "service_desk", "analyst", "vendor", "admin")
_ACTOR = "command line"


@click.group()
def staff() -> None:
    """Who may sign in to the back office. These commands work beside a running service."""


@staff.command("invite")
@click.argument("login")
@click.option("--name", help="As pages show it; LOGIN by default.")
@click.option(
    "--role", "roles", type=click.Choice(_ROLES), multiple=True, required=True, help="What they do; may repeat."
)
@click.option("--store", "stores", multiple=True, help="A store of a store manager; may repeat.")
@click.option(
    "--language", type=click.Choice(["en", "es"]), default="en", show_default=True, help="Of their pages."
)
@in_workspace
@json_option
def staff_invite(
    workspace: Workspace,
    *,
    login: str,
    name: str | None,
    roles: tuple[str, ...],
    stores: tuple[str, ...],
    language: str,
    as_json: bool,
) -> None:
    """Add somebody who signs in as LOGIN, and print the path by which they choose a password, once."""
    from regulars.bootstrap.office import open_staff_desk
    from regulars.flows import Role

    member, token = open_staff_desk(workspace).invite(
        login, name or login, frozenset(map(Role, roles)), frozenset(stores), language, actor=_ACTOR
    )
    _tell_link(member.login, token, as_json=as_json)


@staff.command("list")
@in_workspace
@json_option
def staff_list(workspace: Workspace, *, as_json: bool) -> None:
    """Everybody who may sign in."""
    members = workspace.ledger.staff()
    if as_json:
        say_json(members)
        return
    rows = [
        (one.login, one.name, ", ".join(sorted(one.roles)), ", ".join(sorted(one.stores)), one.state.value)
        for one in members
    ]
    say_table(("login", "name", "roles", "stores", "state"), rows)


@staff.command("reset")
@click.argument("login")
@in_workspace
@json_option
def staff_reset(workspace: Workspace, *, login: str, as_json: bool) -> None:
    """Print a new link for somebody who lost password or telephone; no code of a telephone is asked for any more."""
    from regulars.bootstrap.office import open_staff_desk

    found = workspace.ledger.find_login(login.strip().lower())
    if found is None:
        raise ContractError(f"nobody signs in as {login!r}", hint="`regulars staff list` names everybody")
    desk = open_staff_desk(workspace)
    if found[0].second_factor:
        desk.drop_second_factor(found[0].staff_id, actor=_ACTOR)
    _tell_link(login, desk.link(found[0].staff_id, actor=_ACTOR), as_json=as_json)


def _tell_link(login: str, token: str, *, as_json: bool) -> None:
    path = f"/office/welcome/{token}"
    if as_json:
        say_json({"login": login, "path": path})
        return
    say(f"{login} chooses a password at the service's address followed by {path} (once, within two days).")
