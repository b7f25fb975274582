"""Sensitive goods: rules on department, category and need say which tier a class of goods belongs to."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from regulars.contracts import SensitiveRule
from regulars.kernel import ConfigError, digest_of

from ._mapping_keys import Keys

TIERS = (
    "never",
    "medicine",
    "painkiller",
    "formula",
    "alcohol",
    "tobacco",
    "lottery",
    "infant",
    "pet",
)
"""Tiers a rule may name; what no rule names belongs to none."""

OPEN = "open"
"""What a rule says instead of a tier to let a class out of the rules below it."""


def shipped_sensitive_text() -> str:
    """The rules that come with the package, as the text of a TOML file; `init` copies it into a workspace."""
    return resources.files(__package__).joinpath("sensitive.toml").read_text(encoding="utf-8")


def parse_sensitive_rules(text: str, source: str) -> tuple[SensitiveRule, ...]:
    """Rules from the text of a TOML file, in its order.

    Args:
        text: The file's content: ``[[rule]]`` tables with a tier and patterns as in SQL LIKE.
        source: Its name, for messages.

    Raises:
        ConfigError: The text is not TOML, or a key is missing, unknown or has a value of the wrong kind.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is not a TOML file: {error}") from error
    keys = Keys(raw, source, "")
    rules: list[SensitiveRule] = []
    for entry in keys.tables("rule"):
        tier = entry.choice("tier", (*TIERS, OPEN))
        department = entry.text("department", "%")
        categories = entry.texts("category", ("%",))
        needs = entry.texts("need", ("%",))
        entry.finish()
        rules += [SensitiveRule(tier, department, category, need) for category in categories for need in needs]
    keys.finish()
    if not rules:
        raise ConfigError(
            f"{source} holds no rule; expected [[rule]] tables",
            hint="to open every tier set `[sensitive] closed = []` in regulars.toml instead",
        )
    return tuple(rules)


def classify(
    rules: Sequence[SensitiveRule], department_id: str, category_id: str | None, need_id: str | None
) -> str:
    """The tier of a class of goods: that of the first rule that matches, empty if none does.

    Args:
        rules: In the order of the file.
        department_id: The class's department.
        category_id: Its category; one that is missing is compared as an empty text.
        need_id: Its need, likewise.

    Example:
        >>> rules = [SensitiveRule("tobacco", category="CIGAR%")]
        >>> classify(rules, "DRUG GM", "CIGARETTES", "CIGARETTES"), classify(rules, "GROCERY", "SOUP", None)
        ('tobacco', '')
    """
    for rule in rules:
        if (
            _matches(rule.need, need_id or "")
            and _matches(rule.category, category_id or "")
            and _matches(rule.department, department_id)
        ):
            return "" if rule.tier == OPEN else rule.tier
    return ""


def rules_digest(rules: Sequence[SensitiveRule]) -> str:
    """A digest of the rules, to know when tiers must be made again."""
    return digest_of(*(part for rule in rules for part in (rule.tier, rule.department, rule.category, rule.need)))


def _matches(pattern: str, text: str) -> bool:
    return pattern == "%" or _expression(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = (".*" if mark == "%" else "." if mark == "_" else re.escape(mark) for mark in pattern)
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
