"""Sensitive goods: rules on department, category and need say which tier a class of goods belongs to."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
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
        text: The file's content: ``[[rule]]`` tables with a tier, patterns as in SQL LIKE, words and exceptions.
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
    for number, entry in enumerate(keys.tables("rule"), start=1):
        tier = entry.choice("tier", (*TIERS, OPEN))
        department = entry.text("department", "%")
        categories = entry.texts("category", ("%",))
        needs = entry.texts("need", ("%",))
        words = tuple(entry.texts("words", ()))
        exceptions = tuple(entry.texts("except", ()))
        if exceptions and not words:
            raise ConfigError(f"{entry.place('except')} stands without words; expected `words` beside it")
        entry.finish()
        rules += [
            SensitiveRule(tier, department, category, need, words, exceptions, number)
            for category in categories
            for need in needs
        ]
    keys.finish()
    if not rules:
        raise ConfigError(
            f"{source} holds no rule; expected [[rule]] tables",
            hint="to open every tier set `[sensitive] closed = []` in regulars.toml instead",
        )
    return tuple(rules)


def check_tiers(names: Iterable[str], source: str) -> None:
    """Refuse tiers that do not exist, so that no misspelt one stays open.

    Args:
        names: Tiers to be closed.
        source: The file that names them, for the message.

    Raises:
        ConfigError: One of the names is not a tier's.
    """
    unknown = sorted(set(names) - set(TIERS))
    if unknown:
        raise ConfigError(
            f"{source}: `[sensitive] closed` names {', '.join(map(repr, unknown))}; expected {', '.join(TIERS)}",
            hint="mend the name; a misspelt tier would stay open",
        )


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
    rule = deciding_rule(rules, department_id, category_id, need_id)
    return "" if rule is None or rule.tier == OPEN else rule.tier


def deciding_rule(
    rules: Sequence[SensitiveRule], department_id: str, category_id: str | None, need_id: str | None
) -> SensitiveRule | None:
    """The first rule that matches a class of goods, or None.

    Args:
        rules: The store's rules, in order.
        department_id: As it stands in the products.
        category_id: The same, or None.
        need_id: The same, or None.
    """
    category, need = category_id or "", need_id or ""
    for rule in rules:
        if (
            _matches(rule.need, need)
            and _matches(rule.category, category)
            and _matches(rule.department, department_id)
            and (not rule.words or _word_in(rule, (department_id, category, need)))
        ):
            return rule
    return None


def suspicious_word(
    rules: Sequence[SensitiveRule], department_id: str, category_id: str | None, need_id: str | None
) -> str:
    """A word of the shipped rules in a class that none of the store's own rules decides; empty if there is none.

    A rule that says ``open`` decides: what the store has let out on purpose is not suspicious.

    Args:
        rules: The store's rules, in order.
        department_id: As it stands in the products.
        category_id: The same, or None.
        need_id: The same, or None.
    """
    if deciding_rule(rules, department_id, category_id, need_id) is not None:
        return ""
    shipped = deciding_rule(_shipped_word_rules(), department_id, category_id, need_id)
    return "" if shipped is None else _word_in(shipped, (department_id, category_id or "", need_id or ""))


def rule_text(rule: SensitiveRule, department_id: str, category_id: str | None, need_id: str | None) -> str:
    """A rule as a person finds it in the file: its number, what it asks for, and the word it found in a class.

    Args:
        rule: A rule that matches the class.
        department_id: The class's department.
        category_id: Its category, or None.
        need_id: Its need, or None.

    Example:
        >>> rule_text(SensitiveRule("tobacco", category="CIGAR%", number=7), "DRUG GM", "CIGARS", None)
        '7: category = "CIGAR%"'
    """
    asked = {"department": rule.department, "category": rule.category, "need": rule.need}
    parts = [f'{name} = "{pattern}"' for name, pattern in asked.items() if pattern != "%"]
    if rule.words:
        parts.append(f'word "{_word_in(rule, (department_id, category_id or "", need_id or "")).lower()}"')
    return f"{rule.number}: {', '.join(parts) or 'everything'}"


def rules_digest(rules: Sequence[SensitiveRule]) -> str:
    """A digest of the rules, to know when tiers must be made again."""
    parts = ((r.tier, r.department, r.category, r.need, *r.words, "except", *r.exceptions) for r in rules)
    return digest_of(*(part for rule in parts for part in ("rule", *rule)))


def _matches(pattern: str, text: str) -> bool:
    return pattern == "%" or _expression(pattern).fullmatch(text) is not None


def _word_in(rule: SensitiveRule, texts: Sequence[str]) -> str:
    """The first of a rule's words that stands in one of the texts, as it stands there; empty if none does."""
    words, exceptions = _words_expression(rule.words), _words_expression(rule.exceptions)
    for text in texts:
        found = words.search(exceptions.sub(" | ", text) if rule.exceptions else text)
        if found is not None:
            return found[0]
    return ""


@lru_cache(maxsize=1)
def _shipped_word_rules() -> tuple[SensitiveRule, ...]:
    shipped = parse_sensitive_rules(shipped_sensitive_text(), "sensitive.toml")
    return tuple(rule for rule in shipped if rule.words or rule.tier == OPEN)


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = (".*" if mark == "%" else "." if mark == "_" else re.escape(mark) for mark in pattern)
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=256)
def _words_expression(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, whole, in singular or plural; longer ones first, so that the whole phrase is found."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    inner = "|".join(_word_pattern(word) for word in ordered)
    return re.compile(rf"(?<![^\W_])(?:{inner})(?![^\W_])", re.IGNORECASE)


def _word_pattern(word: str) -> str:
    """Letters as they are, ``%`` for any further letters; what stands between letters for any such marks or none."""
    pieces = re.findall(r"[^\W_]+|%|(?:(?!%)[\W_])+", word)
    parts = ("[^\\W_]*" if p == "%" else re.escape(p) if p.isalnum() else "[\\W_]*" for p in pieces)
    return "".join(parts) + ("" if word.endswith("%") else "(?:e?s)?")
