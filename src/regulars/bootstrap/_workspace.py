"""A workspace: its settings, and every port a flow asks for, made when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from regulars import adapters, flows
from regulars.adapters import ledger as ledgers
from regulars.contracts import (
    Assumptions,
    Eligibility,
    Finding,
    HoldoutPolicy,
    LayoutDepartment,
    ListPolicy,
    PlanPolicy,
    SensitiveRule,
    ValidityPolicy,
    ValidityRule,
)
from regulars.ingest import parse_sensitive_rules, shipped_sensitive_text
from regulars.kernel import (
    CYCLE_DAYS,
    DESK,
    EVERY_STORE,
    Clock,
    CodeKeys,
    ConfigError,
    ContractError,
    LockedError,
    StoreError,
    SystemClock,
    cycle_at,
    lane_secret,
)
from regulars.lists import Language, PageSettings, RecipeBook, parse_recipes, shipped_recipes
from regulars.offers import SensitivePolicy
from regulars.redeem import TillAnswer, TillMessage

from ._brand import page_language, page_settings
from ._keys import KEYS_FILE, draw_keys, load_keys
from ._policy_files import ASSUMPTIONS_FILE, LAYOUT_FILE, load_assumptions, load_layout
from ._settings import SETTINGS_FILE, Settings, load_settings

SENSITIVE_FILE = "sensitive.toml"
RECIPES_FILE = "recipes.toml"
_SERVED_AT = ".served-at"


class Workspace:
    """An opened workspace.

    Args:
        root: Its folder.
        settings: Its settings.
        clock: What time it is; the machine's unless said otherwise.
    """

    def __init__(self, root: Path, settings: Settings, clock: Clock | None = None) -> None:
        self.root = root
        self.settings = settings
        self.clock = clock or SystemClock()

    @classmethod
    @contextmanager
    def open(cls, root: Path) -> Iterator[Workspace]:
        """Open the workspace in a folder.

        Raises:
            ConfigError: The folder is no workspace, or its settings are wrong.
        """
        workspace = cls(root.absolute(), load_settings(root))
        try:
            yield workspace
        finally:
            ledger = workspace.__dict__.get("ledger")
            if ledger is not None:
                ledger.close()

    @contextmanager
    def writing(self, command: str) -> Iterator[None]:
        """Hold the workspace's lock: one writer at a time.

        Raises:
            LockedError: Somebody else writes; the message says who.
        """
        with adapters.workspace_lock(self.root, command=command, clock=self.clock), self._warehouse_lock(command):
            self.__dict__.pop("warehouse", None)  # what was read before the lock may be old
            yield

    @contextmanager
    def serving(self, url: str) -> Iterator[None]:
        """Hold the ledger as its one writer, and say where messages for it are taken.

        Args:
            url: Where, on this machine.

        Raises:
            LockedError: Somebody else writes; the message says who.
        """
        note = self.root / _SERVED_AT
        with adapters.workspace_lock(self.root, command="serve", clock=self.clock):
            note.write_text(url, encoding="utf-8")
            try:
                yield
            finally:
                note.unlink(missing_ok=True)

    @contextmanager
    def telling(self, command: str) -> Iterator[flows.TillTeller]:
        """Hold the warehouse for writing; messages of tills go to the ledger, or to the service while one runs.

        Raises:
            LockedError: Somebody else writes the warehouse, or the ledger without being a service.
        """
        with self.beside_service(command) as url, ExitStack() as stack:
            teller: flows.TillTeller = _OwnLedger(self)
            if url is not None:
                secret = lane_secret(self.keys, EVERY_STORE, DESK, self.settings.till.credential_generation)
                teller = stack.enter_context(adapters.DeskClient(url, secret.hex()))
            yield teller

    @contextmanager
    def beside_service(self, command: str) -> Iterator[str | None]:
        """Hold all that a running service does not hold; gives where it listens, None while there is none.

        Whoever writes the ledger beside it does so in transactions that stand alone: they wait for each other.

        Raises:
            LockedError: Somebody else writes the warehouse, or the ledger without being a service.
        """
        with ExitStack() as stack:
            stack.enter_context(self._warehouse_lock(command))
            self.__dict__.pop("warehouse", None)
            url = None
            try:
                stack.enter_context(adapters.workspace_lock(self.root, command=command, clock=self.clock))
            except LockedError:
                note = self.root / _SERVED_AT
                if not note.exists():
                    raise
                url = note.read_text(encoding="utf-8")
            yield url

    @contextmanager
    def working(self, command: str) -> Iterator[None]:
        """Hold the warehouse alone for writing, beside a service that holds the workspace.

        Raises:
            LockedError: Somebody else writes the warehouse; the message says who.
        """
        with self._warehouse_lock(command):
            self.__dict__.pop("warehouse", None)
            yield

    def own_teller(self) -> flows.TillTeller:
        """Takes messages of tills into the ledger itself, in a child of the service."""
        return _OwnLedger(self)

    @contextmanager
    def _warehouse_lock(self, command: str) -> Iterator[None]:
        folder = self.root / "warehouse"
        if not folder.is_dir():  # whoever reads it says so
            yield
            return
        with adapters.workspace_lock(folder, command=command, clock=self.clock):
            yield

    @cached_property
    def warehouse(self) -> adapters.FolderWarehouse:
        """Where derived data lies."""
        return adapters.FolderWarehouse(self.root / "warehouse")

    @cached_property
    def engine(self) -> adapters.DuckDBEngine:
        """What runs table work."""
        limits = self.settings.engine
        return adapters.DuckDBEngine(threads=limits.threads, memory_mb=limits.memory_mb, spill_folder=self._spill)

    @cached_property
    def reader(self) -> adapters.DuckDBReader:
        """What reads source files."""
        limits = self.settings.engine
        return adapters.DuckDBReader(threads=limits.threads, memory_mb=limits.memory_mb, spill_folder=self._spill)

    @cached_property
    def loaded_note(self) -> adapters.JsonLoadedNote:
        """Which files are loaded already."""
        return adapters.JsonLoadedNote(self.root / "cache" / "loaded.json")

    @cached_property
    def ledger(self) -> ledgers.SqlLedger:
        """Where decisions and debts lie."""
        return ledgers.open_ledger(self.settings.ledger.url, folder=self.root)

    @cached_property
    def page(self) -> tuple[PageSettings, tuple[Finding, ...]]:
        """How the page looks, and what is wrong with its logo."""
        return page_settings(self.settings, self.root)

    @cached_property
    def fonts(self) -> tuple[Path | None, tuple[Finding, ...]]:
        """Folder of the store's own fonts, cut for the page, and what is wrong with them.

        Raises:
            ConfigError: A role is unknown.
        """
        asked = self.settings.brand.fonts
        if unknown := sorted(set(asked) - set(adapters.FONT_ROLES)):
            raise ConfigError(
                f"{SETTINGS_FILE}: [brand.fonts] has no {', '.join(unknown)}",
                hint=f"there are {', '.join(adapters.FONT_ROLES)}",
            )
        return adapters.own_fonts(asked, self.root, self.root / "cache" / "own-fonts")

    @property
    def look_findings(self) -> tuple[Finding, ...]:
        """What of the store's own look cannot be used and is replaced: its logo, its fonts.

        Raises:
            ConfigError: No list can be made with these settings, for paper, phone or e-mail.
        """
        return (*self.page[1], *self.fonts[1])

    @cached_property
    def language(self) -> Language:
        """Every text of the lists."""
        return page_language(self.settings)

    @cached_property
    def printer(self) -> adapters.TypstPrinter:
        """What makes pages."""
        page, _ = self.page
        return adapters.TypstPrinter(page, self.root / "cache" / "fonts", self.fonts[0])

    @cached_property
    def print_house_printer(self) -> adapters.DirectPrinter:
        """What makes the same pages fast and untagged."""
        return adapters.DirectPrinter(self.page[0], self.root / "cache" / "fonts", self.fonts[0])

    @cached_property
    def keys(self) -> CodeKeys:
        """The secrets list codes are made with."""
        return load_keys(self.root, demo=self.settings.demo)

    @cached_property
    def layout(self) -> tuple[LayoutDepartment, ...]:
        """Departments in walking order."""
        return load_layout(self.root / LAYOUT_FILE)

    @cached_property
    def recipes(self) -> RecipeBook:
        """What dinners are made of: the workspace's own recipes, else the shipped ones, without what is left out."""
        asked = self.settings.list
        if not asked.dinners:
            return RecipeBook()
        path = self.root / RECIPES_FILE
        if not path.exists():
            return shipped_recipes(asked.language).without(asked.dinners_without)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} cannot be read: {error}") from error
        return parse_recipes(text, str(path)).without(asked.dinners_without)

    @cached_property
    def assumptions(self) -> Assumptions:
        """What is assumed where the data is silent."""
        return load_assumptions(self.root / ASSUMPTIONS_FILE)

    @property
    def learns_response(self) -> bool:
        """Whether plans presume offers to be used as coupons were, rather than as `assumptions.toml` says."""
        return self.settings.offers.response == "learnt"

    @cached_property
    def sensitive_rules(self) -> tuple[SensitiveRule, ...]:
        """The store's rules for sensitive goods."""
        path = self.root / self.settings.sensitive.rules
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"the rules for sensitive goods {path} cannot be read: {error}",
                hint="`regulars init` on this folder writes the shipped ones",
            ) from error
        return tuple(parse_sensitive_rules(text, str(path)))

    @property
    def eligibility(self) -> Eligibility:
        """Who gets a list."""
        chosen = self.settings.eligibility
        return Eligibility(chosen.weekly_spend_cents, chosen.weeks)

    @property
    def sensitive_policy(self) -> SensitivePolicy:
        """Which sensitive tiers are kept out of what."""
        return SensitivePolicy(closed=frozenset(self.settings.sensitive.closed))

    @property
    def list_policy(self) -> ListPolicy:
        """What a list holds."""
        chosen = self.settings.list
        return ListPolicy(
            items_max=chosen.items_max,
            items_min=min(chosen.items_min, chosen.items_max),
            item_quantity_max=chosen.item_quantity_max,
            ideas_max=chosen.ideas_max,
            lapsed_days=chosen.lapsed_days,
            item_probability_min=chosen.item_probability_min,
            slots_min=chosen.slots_min,
            slots_max=chosen.slots_max,
        )

    @property
    def holdout(self) -> HoldoutPolicy:
        """Who is measured against."""
        return HoldoutPolicy(household_share=self.settings.holdout.household_share)

    @property
    def plan_policy(self) -> PlanPolicy:
        """How lists are chosen beyond what they hold."""
        chosen = self.settings.plan
        return PlanPolicy(
            discovery_share=chosen.discovery_share,
            grant_control_share=chosen.grant_control_share,
            stickiness_cents=chosen.stickiness_cents,
            holdout_lists=chosen.holdout_lists,
            stock_lead_days=chosen.stock_lead_days,
        )

    @property
    def validity(self) -> ValidityPolicy:
        """When lists hold."""
        chosen = self.settings.list
        rule = ValidityRule(chosen.validity)
        return ValidityPolicy(rule, chosen.delivery_days, chosen.slack_days, self.settings.store.closed_days)

    def default_day(self) -> date:
        """First day of the newest cycle that the loaded lines reach up to.

        Raises:
            ContractError: There are no lines.
        """
        for status in flows.data_status(self.warehouse):
            if status.kind == "lines" and status.last_on is not None:
                return cycle_at(status.last_on + timedelta(days=1), self.settings.cycle.first_on).period.from_on
        raise ContractError("there is no till line in this workspace", hint="load some with `regulars data load`")

    def last_over_day(self) -> date:
        """First day of the newest cycle that is over as far as the loaded lines reach, with lines before it.

        Raises:
            ContractError: There is none, or no line.
        """
        day = self.default_day() - timedelta(days=CYCLE_DAYS)
        lines = next(status for status in flows.data_status(self.warehouse) if status.kind == "lines")
        assert lines.first_on is not None
        if day > lines.first_on:
            return day
        first = cycle_at(lines.first_on + timedelta(days=CYCLE_DAYS), self.settings.cycle.first_on).period
        raise ContractError(
            f"no cycle is over yet that has till lines before it: they reach from {lines.first_on} to {lines.last_on}",
            hint=f"wait until they reach to {first.last_on}, or name a day with --as-of that has lines before it and "
            "a whole fortnight after it",
        )

    def out_folder(self, as_of_on: date) -> Path:
        """Where what a cycle prints goes."""
        return self.root / "out" / as_of_on.isoformat()

    @property
    def zone(self) -> ZoneInfo:
        """The stores' time zone."""
        return ZoneInfo(self.settings.store.time_zone)

    @property
    def _spill(self) -> Path:
        return self.root / "cache" / "spill"


class _OwnLedger:
    """Tells the workspace's ledger, which is opened when there is something to tell."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def handle_till(
        self, messages: Sequence[TillMessage], *, at: datetime, today: date, actor: str = "till"
    ) -> list[TillAnswer]:
        """Handle messages in order, in one transaction."""
        return self._workspace.ledger.handle_till(messages, at=at, today=today, actor=actor)


def create_workspace(root: Path, *, files: dict[str, str] | None = None) -> list[str]:
    """Make a workspace, or complete one: files that are there are kept as they are.

    Args:
        root: Its folder; made if missing.
        files: Contents to write instead of the shipped ones, by file name.

    Returns:
        Names of what was made; empty when nothing was missing.

    Raises:
        StoreError: The folder cannot be made or written.
        ConfigError: Settings that are there already are wrong.
    """
    texts = {**_shipped_files(), **(files or {})}
    made = []
    try:
        root.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            if not (root / name).exists():
                (root / name).write_text(text, encoding="utf-8")
                made.append(name)
        (root / "out").mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the workspace {root} cannot be made: {error.strerror} ({error.filename})",
            hint="name a folder you may write to, on a disk with free space",
        ) from error
    settings = load_settings(root)
    if not (root / "warehouse").exists():
        made.append("warehouse/")
    warehouse = adapters.FolderWarehouse.create(root / "warehouse", buckets=settings.warehouse.buckets)
    _keep_promises(root, settings, warehouse)
    if not settings.demo and draw_keys(root):
        made.append(KEYS_FILE)
    ledgers.create_ledger(settings.ledger.url, folder=root.absolute()).close()
    return made


def _keep_promises(root: Path, settings: Settings, warehouse: adapters.FolderWarehouse) -> None:
    """Refuse to draw new keys or begin a new ledger beside plans that were made with the old ones.

    Raises:
        StoreError: One of them is missing in a workspace that holds plans.
    """
    if not any(name.startswith("plans/") for name in warehouse.datasets()):
        return
    missing = [] if settings.demo or (root / KEYS_FILE).exists() else [KEYS_FILE]
    ledger = settings.ledger.url.removeprefix("sqlite:///")
    if ledger != settings.ledger.url and not (root / ledger).exists():
        missing.append(ledger)
    if missing:
        raise StoreError(
            f"{root} holds plans, but {' and '.join(missing)} is missing; a new one could not honour their lists",
            hint="restore it from the backup",
        )


def _shipped_files() -> dict[str, str]:
    templates = resources.files("regulars.bootstrap").joinpath("templates")
    names = (SETTINGS_FILE, LAYOUT_FILE, ASSUMPTIONS_FILE)
    texts = {name: templates.joinpath(name).read_text(encoding="utf-8") for name in names}
    return {**texts, SENSITIVE_FILE: shipped_sensitive_text()}
