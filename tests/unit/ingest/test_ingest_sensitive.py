"""Sensitive goods: the first rule wins, mistakes are named, and the shipped rules sort the known classes."""

import pytest

from regulars.contracts import SensitiveRule
from regulars.ingest import TIERS, classify, parse_sensitive_rules, rules_digest, shipped_sensitive_text
from regulars.kernel import ConfigError

SHIPPED = parse_sensitive_rules(shipped_sensitive_text(), "sensitive.toml")

CLASSES = [
    ("DRUG GM", "FAMILY PLANNING", "PREGNANCY TEST KITS", "never"),
    ("DRUG GM", "HOME HEALTH CARE", "PREGNANCY TEST KITS", "never"),
    ("DRUG GM", "ADULT INCONTINENCE", "CLEANSING WIPES", "never"),
    ("DRUG GM", "SMOKING CESSATIONS", "SMOKING CESSATION", "never"),
    ("DRUG GM", "FIRST AID PRODUCTS", "RX MEDICATED OTC DRUGS", "never"),
    ("DRUG GM", "CANDY - CHECKLANE", "DIET CNTRL BARS NUTRITIONAL", "never"),
    ("DRUG GM", "AUDIO/VIDEO PRODUCTS", "AGE RESTRICTED DVD S", "never"),
    ("MISCELLANEOUS", "COUPON/MISC ITEMS", "DEA SCHEDULE C II", "never"),
    ("DRUG GM", "ANALGESICS", "ADULT ANALGESICS", "painkiller"),
    ("DRUG GM", "COLD AND FLU", "ADULT ANALGESICS", "medicine"),
    ("DRUG GM", "ANALGESICS", "PEDIATRIC ANALGESICS", "medicine"),
    ("DRUG GM", "CANDY - PACKAGED", "ANTI-ACIDS", "medicine"),
    ("DRUG GM", "COLD AND FLU", "COLD AND FLU (AGE RESTRICTED)", "medicine"),
    ("DRUG GM", "BABY HBC", "LAXATIVES", "medicine"),
    ("DRUG GM", "VITAMINS", "VITAMIN - CHILDREN", "medicine"),
    ("DRUG GM", "INFANT FORMULA", "BABY FOOD JUNIOR ALL BRANDS", "formula"),
    ("DRUG GM", "BABY FOODS", "BABY FOOD - BEGINNER", "infant"),
    ("DRUG GM", "DIAPERS & DISPOSABLES", "BABY DIAPERS", "infant"),
    ("NUTRITION", "BABYFOOD", "BABY CEREAL", "infant"),
    ("GROCERY", "BEERS/ALES", "BEERALEMALT LIQUORS", "alcohol"),
    ("SPIRITS", "LIQUOR", "COGNAC", "alcohol"),
    ("MISCELLANEOUS", None, "VODKAS(42 UNDER PROOF)", "alcohol"),
    ("DRUG GM", "CIGARETTES", "CIGARETTES", "tobacco"),
    ("MISCELLANEOUS", None, "CHEWING TOBACCO", "tobacco"),
    ("DRUG GM", "TICKETS", "TICKETS", "lottery"),
    ("DRUG GM", "MAGAZINE", "LOTTO/GAMBLING-MAGAZINE", "lottery"),
    ("GROCERY", "DOG FOODS", "DOG TREATS (SOFT TREATS)", "pet"),
    ("GROCERY", "CAT LITTER", "SCOOP LITTER", "pet"),
    ("GROCERY", "CONDIMENTS/SAUCES", "COOKING WINES", ""),
    ("GROCERY", "CONDIMENTS/SAUCES", "VINEGAR WINE/RICE", ""),
    ("GROCERY", "FROZEN PIZZA", "CORN DOGS", ""),
    ("MEAT-PCKGD", "HOT DOGS", "PREMIUM - BEEF", ""),
    ("GROCERY", "COLD CEREAL", "ADULT CEREAL", ""),
    ("GROCERY", "BAKED BREAD/BUNS/ROLLS", "DIET/LIGHT BREAD", ""),
    ("DRUG GM", "FIRST AID PRODUCTS", "BANDAGE/TAPE", ""),
    ("DRUG GM", "TOYS AND GAMES", "BABY DOLL ACCESSORIES", ""),
    ("PRODUCE", "HERBS", "GARLIC JAR", ""),
    ("GROCERY", None, None, ""),
]


@pytest.mark.parametrize(("department", "category", "need", "tier"), CLASSES)
def test_shipped_rules(department: str, category: str | None, need: str | None, tier: str) -> None:
    assert classify(SHIPPED, department, category, need) == tier


def test_every_tier_is_named_by_a_shipped_rule() -> None:
    assert {rule.tier for rule in SHIPPED} - {"open"} == set(TIERS)


def test_the_first_rule_wins_and_case_does_not_matter() -> None:
    rules = [SensitiveRule("pet", need="DOG%"), SensitiveRule("never", department="DRUG GM")]
    assert classify(rules, "Drug GM", None, "dog food") == "pet"
    assert classify(rules, "Drug GM", None, "CAT FOOD") == "never"
    assert classify(list(reversed(rules)), "DRUG GM", None, "DOG FOOD") == "never"


def test_an_underscore_is_one_character_and_other_marks_are_themselves() -> None:
    rules = [SensitiveRule("pet", need="C_T (.)%")]
    assert classify(rules, "G", None, "CAT (.) 1") == "pet"
    assert classify(rules, "G", None, "CAT (x) 1") == ""
    assert classify(rules, "G", None, "CHAT (.)") == ""


def test_lists_of_patterns_are_rules_of_their_own() -> None:
    rules = parse_sensitive_rules('[[rule]]\ntier = "pet"\ncategory = ["A", "B"]\nneed = ["x", "y"]', "s.toml")
    assert [(rule.category, rule.need) for rule in rules] == [("A", "x"), ("A", "y"), ("B", "x"), ("B", "y")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[rule]]\ntier = "nasty"', r"s.toml: rule\[1\].tier is 'nasty'; expected one of never, medicine"),
        ("[[rule]]\nneed = 'x'", r"rule\[1\].tier is missing"),
        ('[[rule]]\ntier = "pet"\nproduct = "x"', r"rule\[1\].product is not a key of this release"),
        ("", "s.toml holds no rule"),
        ("[[rule", "s.toml is not a TOML file"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_sensitive_rules(text, "s.toml")


def test_the_digest_changes_with_any_rule_and_with_their_order() -> None:
    rules = (SensitiveRule("pet", need="DOG%"), SensitiveRule("never"))
    digests = {rules_digest(rules), rules_digest(rules[::-1]), rules_digest(rules[:1])}
    assert len(digests) == 3
    assert rules_digest(rules) == rules_digest(list(rules))
