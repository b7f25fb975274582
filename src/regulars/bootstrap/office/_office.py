"""The back office of a workspace: what every screen is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from regulars.adapters import Argon2Passwords, FolderWarehouse, OidcProvider, OidcSettings, TelephoneCodes
from regulars.adapters.ledger import SqlLedger
from regulars.adapters.pages.office import OfficePages
from regulars.bootstrap._settings import Settings
from regulars.bootstrap._workspace import Workspace
from regulars.flows import Role, SignInRules, SingleSignOn, StaffDesk
from regulars.kernel import Clock, form_token

OFFICE_ADDRESS = "/office"


@dataclass(frozen=True)
class Office:
    """What the screens stand on.

    Args:
        workspace: Whose office it is.
        clock: What time it is there; in the demonstration another day than the machine's.
        staff: Lets people in.
        pages: Makes pages.
        single: Lets people in by the company's own account; None where there is none.
        patience_seconds: How long a page may be added up before its reader is told; None for as long as it takes.
    """

    workspace: Workspace
    clock: Clock
    staff: StaffDesk
    pages: OfficePages
    single: SingleSignOn | None = None
    patience_seconds: float | None = None

    @property
    def settings(self) -> Settings:
        """The workspace's settings."""
        return self.workspace.settings

    @property
    def ledger(self) -> SqlLedger:
        """Where decisions and debts lie."""
        return self.workspace.ledger

    @property
    def warehouse(self) -> FolderWarehouse:
        """Derived data as it is now, whatever was published since the last look."""
        self.workspace.warehouse.refresh()
        return self.workspace.warehouse

    @property
    def sample(self) -> bool:
        """Whether deals, margins and face values are made up."""
        return self.settings.demo

    def today(self) -> date:
        """The stores' day."""
        return self.clock.now_at().astimezone(self.workspace.zone).date()

    def form_token(self, token: str) -> str:
        """What the forms of a session send along, against forged ones."""
        return form_token(self.workspace.keys, f"office {token}")


def open_staff_desk(workspace: Workspace) -> StaffDesk:
    """Who may sign in; sessions go by the machine's clock, whatever day a demonstration pretends it is."""
    asked = workspace.settings.office
    rules = SignInRules(timedelta(minutes=asked.idle_minutes), timedelta(hours=asked.session_hours))
    factors = TelephoneCodes(workspace.keys)
    passwords = Argon2Passwords(memory_kib=asked.password_memory_kib)
    return StaffDesk(workspace.ledger, passwords, factors, workspace.clock, rules)


def open_office(workspace: Workspace, clock: Clock, *, patience_seconds: float | None = None) -> Office:
    """The back office of a workspace.

    Args:
        workspace: Opened.
        clock: What time it is there.
        patience_seconds: See `Office`.
    """
    fonts = workspace.root / "cache" / "fonts"
    pages = OfficePages(workspace.settings.list.currency, workspace.zone, f"{OFFICE_ADDRESS}/static", fonts)
    staff = open_staff_desk(workspace)
    return Office(workspace, clock, staff, pages, _single_sign_on(workspace, staff), patience_seconds)


def _single_sign_on(workspace: Workspace, staff: StaffDesk) -> SingleSignOn | None:
    asked = workspace.settings.oidc
    if not asked.issuer:
        return None
    provider = OidcProvider(
        OidcSettings(
            asked.issuer,
            asked.client_id,
            asked.client_secret.get_secret_value(),
            asked.scopes,
            asked.login_claim,
            asked.groups_claim,
        )
    )
    roles = {group: Role(name) for group, name in asked.roles.items()}
    return SingleSignOn(provider, staff, roles, asked.stores, workspace.clock, asked.name)
