"""Settings of a workspace: flag > environment (``REGULARS_A__B``) > regulars.toml > default; then frozen."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from regulars.contracts import ListPolicy
from regulars.ingest import check_tiers
from regulars.kernel import CodeForm, ConfigError
from regulars.lists import HOLDS
from regulars.redeem import OfflineClass

SETTINGS_FILE = "regulars.toml"


_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?", re.IGNORECASE)


def _on_one_line(value: str) -> str:
    """Refuse characters that neither a page nor the head of a message can hold."""
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError(f"{value!r} holds a line break or another control character; expected one line of text")
    return value


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class StoreSettings(_Section):
    """Who mails the list."""

    name: str = "Your Store"
    """Name in the head of every list."""
    address: str = ""
    """Under the name: street, opening hours."""
    website: str = "lists.example"
    """Host of the pages behind the QR code, without scheme."""
    time_zone: str = "America/New_York"
    """IANA zone of the stores' business day."""
    closed_days: tuple[date, ...] = ()
    """Days on which the stores are closed: no list begins or ends on one, and lists that span one say so."""

    _one_line = field_validator("name", "address")(_on_one_line)

    @field_validator("website")
    @classmethod
    def _host(cls, value: str) -> str:
        if not _HOST.fullmatch(value):
            raise ValueError(
                f"{value!r} is no host; expected one like lists.example, without https:// and slashes"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value!r} is no IANA time zone; expected one like America/New_York") from None
        return value


class BrandSettings(_Section):
    """How the list looks: paper, e-mail and phone page."""

    logo: str = ""
    """SVG or PNG file, relative to the workspace; a leaf is printed where there is none."""
    template: str = ""
    """A Typst file, relative to the workspace, instead of the shipped page, which `regulars lists template` shows."""
    email_template: str = ""
    """An MJML file, relative to the workspace, instead of the shipped e-mail, which `regulars mail template` shows."""
    privacy: str = ""
    """A text file, relative to the workspace, instead of the shipped words of the page `/privacy`, which every list
    names: paragraphs with an empty line between them."""
    fonts: dict[str, str] = {}
    """TTF or OTF files by role (heading, text, strong), relative to the workspace; else the shipped ones."""
    colours: dict[str, str] = {}
    """Colours as #RRGGBB by name, such as brand or due; those that carry text must have contrast."""
    texts: dict[str, str | tuple[str, ...]] = {}
    """Fixed texts of the page by name, instead of the shipped ones."""
    screen_texts: dict[str, str] = {}
    """The same of the phone page and the e-mail."""
    document_texts: dict[str, str] = {}
    """The same of the list itself: reasons, conditions, notes."""

    @field_validator("screen_texts")
    @classmethod
    def _subjects_on_one_line(cls, value: dict[str, str]) -> dict[str, str]:
        for name in ("subject", "subject_plain"):
            _on_one_line(value.get(name, ""))
        return value


class CycleSettings(_Section):
    """The two-week round."""

    first_on: date = date(2017, 1, 9)
    """First day of cycle 1; every cycle is fourteen days from there."""


class EligibilitySettings(_Section):
    """Who gets a list."""

    weekly_spend_cents: int = Field(default=2_500, ge=0)
    """Least average spend a week, in cents; 25 dollars by default."""
    weeks: int = Field(default=8, ge=1, le=52)
    """Weeks the average is taken over; while the store has lines for fewer, those, at least one."""


class ListSettings(_Section):
    """What a list holds and how it is printed."""

    language: Literal["en", "es"] = "en"
    """Language of every text a list says: English or Spanish; `[brand] texts` and `screen_texts` change single ones."""
    locale: str = ""
    """How numbers and days are written, such as es_ES or en_CA; by default as in the United States."""
    currency: str = "USD"
    """ISO 4217 code of the prices; a currency of two minor digits."""
    paper: Literal["letter", "a4"] = "letter"
    """Paper size."""
    black_only: bool = False
    """For a printer without colour; nothing on the page is told by colour alone."""
    large_print: bool = False
    """Items of 14 points and more: each list on the front and the back of one sheet, the specials on the back."""
    printer_dpi: int = Field(default=300, ge=150, le=2400)
    """Dots per inch of the printer; the bars are a whole number of dots wide."""
    validity: Literal["cycle", "trip"] = "cycle"
    """How long a list holds: to the end of its cycle, or until some days after the household's next trip."""
    delivery_days: int = Field(default=0, ge=0, le=6)
    """Days after the cycle's first until a list is expected at the household's; before them it does not hold."""
    slack_days: int = Field(default=3, ge=0, le=13)
    """Days after the expected trip on which a list still holds, where it ends by the trip."""
    items_max: int = Field(default=28, ge=1, le=40)
    """Most due items on a page."""
    item_probability_min: float = Field(default=0.15, ge=0, le=1)
    """Least chance of being bought in the cycle that puts an item on the list."""
    items_min: int = Field(default=8, ge=0, le=40)
    """Fewest due items on a page, as far as the household buys that many: the likeliest, below the least chance too."""
    item_quantity_max: int = Field(default=12, ge=1)
    """Most of one item that is printed."""
    ideas_max: int = Field(default=3, ge=0, le=6)
    """Most things a household may like, never bought before, at their ordinary price; 0 for none."""
    lapsed_days: int = Field(default=91, ge=14, le=182)
    """An item bought last longer ago than this is not printed."""
    slots_min: int = Field(default=12, ge=0, le=16)
    """Fewest specials on a full list."""
    slots_max: int = Field(default=16, ge=0, le=16)
    """Most specials."""
    approval: bool = False
    """Whether `lists approve` comes before lists are printed without PROOF or sent."""
    test_households: tuple[str, ...] = ()
    """Households of the staff, whose lists are in every proof."""
    tips: bool = True
    """Whether each list has a tip about something on it."""
    privileges: dict[str, tuple[str, ...]] = {}
    """Privileges that are no price, by tier (small, ordinary, major, best): a short sentence each."""
    dinners: bool = True
    """Whether dinners made of what is due are proposed; a recipes.toml in the workspace stands for the shipped ones."""
    dinner_week: bool = True
    """Whether up to seven dinners are laid over a week on the phone page and in the e-mail; else the five best."""
    dinners_without: tuple[str, ...] = ()
    """What no dinner may hold: meat (poultry too), beef, pork, fish, egg, milk, honey, gluten, nuts, alcohol."""
    batch_pages: int = Field(default=50, ge=1, le=50)
    """Lists in one PDF file."""
    print_house_pages: int = Field(default=500, ge=1, le=1_000)
    """Pages in one file for a print house."""

    @field_validator("privileges")
    @classmethod
    def _known_tiers(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        tiers = [band.tier for band in ListPolicy().bands]
        for one in value:
            if one not in tiers:
                raise ValueError(f"{one!r} is no tier, expected one of {', '.join(tiers)}")
        return value

    @field_validator("dinners_without")
    @classmethod
    def _known_holds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if one not in HOLDS:
                raise ValueError(f"{one!r} is none of {', '.join(HOLDS)}")
        return value

    @model_validator(mode="after")
    def _fewest_within_most(self) -> Self:
        """A fewest that was asked for must be possible; the default one yields."""
        for kind in ("items", "slots"):
            least, most = getattr(self, f"{kind}_min"), getattr(self, f"{kind}_max")
            if least > most and f"{kind}_min" in self.model_fields_set:
                raise ValueError(f"{kind}_min = {least} is more than {kind}_max = {most}")
        return self


class ForecastSettings(_Section):
    """How the next fortnight is forecast."""

    method: Literal["automatic", "personal-frequency", "decayed-count", "gamma-poisson", "boosted-trees"] = (
        "automatic"
    )
    """`automatic`: boosted-trees from 126 days of history and 50,000 pairs of household and item, else decayed-count.
    Or one by name."""
    promotion_plan: bool = True
    """Whether promotions of the coming fortnight are known on its first day."""


class OfferSettings(_Section):
    """How offers are answered, and what they do to households that live on deals."""

    cherry_picker_percent: int = Field(default=60, ge=1, le=100)
    """Share of its money spent below the regular price from which a household is called a cherry-picker."""
    dependence_cap_percent: int | None = Field(default=None, ge=1, le=100)
    """Share on deal from which households of the two best tiers get the shallowest level alone; no cap by default."""
    response: Literal["assumed", "learnt"] = "assumed"
    """How readily offers are used: as `assumptions.toml` says, or as `forecast coupons` has learnt from closed ones."""


class SensitiveSettings(_Section):
    """Goods that are kept out of marketing."""

    closed: tuple[str, ...] = ("never", "medicine", "painkiller")
    """Tiers that never reach profiles, forecast or list; they still count towards the weekly spend."""
    rules: str = "sensitive.toml"
    """File with the rules that put goods into tiers, relative to the workspace."""


class HoldoutSettings(_Section):
    """Who the programme is measured against."""

    household_share: float = Field(default=0.10, ge=0, le=0.5)
    """Share of households whose offers are not chosen for them, fixed for a programme year."""


class PlanningSettings(_Section):
    """How lists are chosen."""

    discovery_share: float = Field(default=0.15, ge=0, le=0.5)
    """Part of each chosen list that is drawn at random among what the household does not buy, to learn; 0 for none."""
    grant_control_share: float = Field(default=0.02, ge=0, lt=0.5)
    """Part of the specials due that is withheld by chance, the household getting its next best; 0 for none."""
    stickiness_cents: int = Field(default=2, ge=0, le=100)
    """Added to the worth of an offer that stood on the household's last list, so that lists do not jump about."""
    holdout_lists: bool = True
    """Whether held-out households get specials drawn at random; without, their lists hold due items alone."""
    stock_lead_days: int = Field(default=3, ge=0, le=28)
    """Where stock is loaded, a product that does not last so many days in a household's store is not offered to it."""


class WarehouseSettings(_Section):
    """Where derived data lies."""

    buckets: int = Field(default=16, ge=1, le=1024)
    """Household buckets; set once, when the workspace is made."""


class EngineSettings(_Section):
    """What table work may use."""

    threads: int = Field(default=2, ge=1, le=256)
    """Threads of one statement."""
    memory_mb: int = Field(default=1_500, ge=256)
    """Cap on the engine's buffers, in megabytes."""
    workers: int = Field(default=2, ge=1, le=64)
    """Processes that print at the same time."""


class LedgerSettings(_Section):
    """Where decisions and debts lie."""

    url: str = "sqlite:///ledger.db"
    """SQLAlchemy address; a relative SQLite file lies in the workspace. PostgreSQL: postgresql+psycopg://…"""


class MailSettings(_Section):
    """Lists by e-mail."""

    host: str = ""
    """Mail server that takes the messages."""
    port: int = Field(default=587, ge=1, le=65535)
    """Its port."""
    starttls: bool = True
    """Whether the connection is encrypted before anything is said."""
    user: str = ""
    """Name for the log-in; empty for none."""
    password: SecretStr = SecretStr("")
    """For the log-in; better given as REGULARS_MAIL__PASSWORD than written into a file."""
    from_address: str = ""
    """Sender of the messages."""
    bounce_address: str = ""
    """Where messages that cannot be delivered come back to; the sender if empty."""
    unsubscribe_address: str = ""
    """Where a message to unsubscribe goes; the sender if empty."""
    per_minute: int = Field(default=0, ge=0)
    """Most messages a minute; 0 for no limit."""
    dkim_selector: str = "regulars"
    """Names the public key in the domain's records."""
    dkim_key: str = ""
    """File with the private key in PEM, relative to the workspace; empty if the mail server signs."""
    _one_line = field_validator("from_address", "bounce_address", "unsubscribe_address")(_on_one_line)


class TillSettings(_Section):
    """Checkout."""

    basket_cap_cents: int | None = Field(default=None, ge=0)
    """The most all offers together may save on one basket, in cents; none by default."""
    credential_generation: int = Field(default=1, ge=1)
    """Raise it to give every lane a new secret; the old ones stop working when the service starts again."""
    revoked: tuple[str, ...] = ()
    """Lanes that are let in no more, as store/lane."""
    offline: OfflineClass = OfflineClass.ONLINE_ONLY
    """What a store without the centre may do with an offer: online_only, capped or escrow; fixed when it is applied."""
    offline_deals: dict[str, OfflineClass] = Field(default_factory=dict)
    """The same for the offers of some deals, by deal id."""
    lane_cap_cents: int = Field(default=5_000, ge=0)
    """The most a lane without a network may give alone before it has told of it, in cents."""
    credit_from_logs: bool = True
    """Whether a receipt in a loaded log whose lane never asked, but that shows the household's card, is made good."""
    discounts_on_log_lines: bool = False
    """Whether logs tell on each line what the list took off it; an offer then counts for no more than that."""

    def offline_of(self, deal_id: str) -> OfflineClass:
        """What a store without the centre may do with the offers of a deal."""
        return self.offline_deals.get(deal_id, self.offline)


class CodeSettings(_Section):
    """The list code."""

    version: int = Field(default=47, ge=0, le=99)
    """First two digits; pick one no other 20-digit code of the store begins with."""
    symbol: Literal["code128", "ean13"] = "code128"
    """Bars of the lists: twenty digits, or thirteen for tills that read EAN-13 alone and can be guessed more easily."""
    ean_prefix: int = Field(default=29, ge=20, le=29)
    """First two of thirteen digits; pick one that neither scales nor in-store items of the tills begin with."""

    @property
    def form(self) -> CodeForm:
        """How list codes are written."""
        return CodeForm(self.version, self.ean_prefix if self.symbol == "ean13" else None)


class OidcSettings(_Section):
    """Signing in by the company's own account (OpenID Connect), beside names and passwords."""

    issuer: str = ""
    """Address of the provider, exactly as it names itself; empty for none."""
    client_id: str = ""
    """What the provider calls this service."""
    client_secret: SecretStr = SecretStr("")
    """What this service proves itself with; best given as REGULARS_OIDC__CLIENT_SECRET."""
    name: str = "company account"
    """What the button says people sign in with."""
    base_url: str = ""
    """Where browsers find this service, such as `https://regulars.example`: the provider must know
    `BASE_URL/office/oidc/back`."""
    scopes: str = "openid profile email"
    """What is asked of the provider."""
    login_claim: str = "preferred_username"
    """Claim with the name people are called by."""
    groups_claim: str = "groups"
    """Claim with what people belong to; dots lead into objects (`realm_access.roles`)."""
    roles: dict[str, Literal["marketing", "store_manager", "service_desk", "analyst", "vendor", "admin"]] = {}
    """Role by group. Who is in none of them is not let in; what a group gives is looked at anew at every sign-in."""
    stores: dict[str, str] = {}
    """Store by group, for store managers."""

    @model_validator(mode="after")
    def _whole(self) -> OidcSettings:
        if self.issuer and not (self.client_id and self.base_url and self.roles):
            raise ValueError("a provider needs client_id, base_url and at least one role by group")
        return self


class OfficeSettings(_Section):
    """The back office."""

    idle_minutes: int = Field(default=60, ge=5, le=24 * 60)
    """Minutes without a click after which somebody has to sign in again; what they typed is kept."""
    session_hours: int = Field(default=12, ge=1, le=7 * 24)
    """Hours after which everybody has to."""
    password_memory_kib: int = Field(default=65_536, ge=8_192, le=1_048_576)
    """Memory one check of a password takes (Argon2id), in KiB: more is slower to guess."""
    second_person_cents: int = Field(default=100_000, ge=0)
    """A campaign or deal that may cost more than this, in cents, waits until a second person approves it."""


class Settings(BaseSettings):
    """All settings of a workspace."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="REGULARS_",
        env_nested_delimiter="__",
        use_attribute_docstrings=True,
    )

    demo: bool = False
    """True only in the demonstration: keys come from a published seed and every page says so."""
    store: StoreSettings = StoreSettings()
    brand: BrandSettings = BrandSettings()
    cycle: CycleSettings = CycleSettings()
    eligibility: EligibilitySettings = EligibilitySettings()
    list: ListSettings = ListSettings()
    forecast: ForecastSettings = ForecastSettings()
    offers: OfferSettings = OfferSettings()
    sensitive: SensitiveSettings = SensitiveSettings()
    holdout: HoldoutSettings = HoldoutSettings()
    plan: PlanningSettings = PlanningSettings()
    warehouse: WarehouseSettings = WarehouseSettings()
    engine: EngineSettings = EngineSettings()
    ledger: LedgerSettings = LedgerSettings()
    code: CodeSettings = CodeSettings()
    mail: MailSettings = MailSettings()
    till: TillSettings = TillSettings()
    office: OfficeSettings = OfficeSettings()
    oidc: OidcSettings = OidcSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before what was read from the file (which comes in as init values)."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load_settings(workspace: Path) -> Settings:
    """Read and check the settings of a workspace.

    Args:
        workspace: The folder made by `regulars init`.

    Raises:
        ConfigError: No settings file, no TOML, an unknown name or a wrong value; the message names each.
    """
    path = workspace / SETTINGS_FILE
    return _checked(_read_toml(path), path)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        raise ConfigError(
            f"{path.parent} is no workspace: it has no {SETTINGS_FILE}",
            hint="make one with `regulars init DIR`, or name one with `--workspace DIR`",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}", hint=_toml_hint(path, str(error))) from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint="look at its permissions") from error


def _toml_hint(path: Path, error: str) -> str:
    """What to do about a file that is no TOML; of a section that stands there twice, where the first one is."""
    twice = re.match(r"Cannot declare \((.+?),?\) twice", error)
    if twice is not None:
        section = ".".join(re.findall(r"'([^']*)'", twice[1]))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.partition("#")[0].replace(" ", "").strip() == f"[{section}]":
                return f"[{section}] stands in line {number} already: move the settings there"
    return "mend the line it names"


def _checked(values: dict[str, Any], path: Path) -> Settings:
    try:
        settings = Settings(**values)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {_plain(e)}" for e in error.errors())
        raise ConfigError(
            f"{path} (or a REGULARS_ variable) is wrong: {faults}",
            hint="`regulars config schema` lists every setting, `regulars config validate` checks the file",
        ) from error
    check_tiers(settings.sensitive.closed, str(path))
    return settings


def _plain(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such setting"
    return f"{error['msg']} (found {error['input']!r})"
