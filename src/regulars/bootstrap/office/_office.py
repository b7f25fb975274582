"""The back office of a workspace: what every screen is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from regulars.adapters import Argon2Passwords, FolderWarehouse, TelephoneCodes
from regulars.adapters.ledger import SqlLedger
from regulars.adapters.pages.office import OfficePages
from regulars.bootstrap._settings import Settings
from regulars.bootstrap._workspace import Workspace
from regulars.flows import SignInRules, StaffDesk
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
    """

    workspace: Workspace
    clock: Clock
    staff: StaffDesk
    pages: OfficePages

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


def open_office(workspace: Workspace, clock: Clock) -> Office:
    """The back office of a workspace.

    Args:
        workspace: Opened.
        clock: What time it is there.
    """
    fonts = workspace.root / "cache" / "fonts"
    pages = OfficePages(workspace.settings.list.currency, workspace.zone, f"{OFFICE_ADDRESS}/static", fonts)
    return Office(workspace, clock, open_staff_desk(workspace), pages)
