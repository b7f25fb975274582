"""Sensitive goods: the first rule wins, mistakes are named, and the shipped rules sort the known classes."""

import pytest

from regulars.contracts import SensitiveRule
from regulars.ingest import (
    TIERS,
    check_tiers,
    classify,
    deciding_rule,
    parse_sensitive_rules,
    rule_text,
    rules_digest,
    shipped_sensitive_text,
    suspicious_word,
)
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
    ("GROCERY", "SOFT DRINKS", "MIXERS(TONIC WTR/GNGR ALE)FLAV", ""),
    ("GROCERY", "CONDIMENTS/SAUCES", "VINEGAR ALL-EXCEPT WINE/RIC", ""),
]

OTHER_STORES = [
    ("BEER & WINE", "BEER", "LAGER", "alcohol"),
    ("Drinks", "Craft ales", "IPA", "alcohol"),
    ("BEVERAGES", "ALCOHOL", "CIDER", "alcohol"),
    ("Off licence", "Whiskies", None, "alcohol"),
    ("LIQUOR", "MIXERS", "GINGER ALE", "alcohol"),
    ("GROCERY", "DRINKS", "HARD CIDER", "alcohol"),
    ("FRONT END", "E-CIGS", "PODS", "tobacco"),
    ("FRONT END", "ECIGARETTES", None, "tobacco"),
    ("KIOSK", "SCRATCH-OFFS", None, "lottery"),
    ("HEALTH", "Rx", None, "never"),
    ("HEALTH", "FAMILY", "CONDOMS", "never"),
    ("HEALTH", "ADULT DIAPERS", None, "never"),
    ("HEALTH", "CONTRACEPTIVES", None, "never"),
    ("HEALTH", "COLD & FLU", "IBUPROFEN", "medicine"),
    ("HEALTH", "PAIN RELIEF", "CHILDRENS", "medicine"),
    ("HEALTH", "PAIN RELIEF", "ASPIRIN", "painkiller"),
    ("HEALTH", "Vitamins/Minerals", None, "medicine"),
    ("BABY", "INFANT FORMULA", None, "formula"),
    ("HOUSEHOLD", "NAPPIES", "SIZE 3", "infant"),
    ("HOUSEHOLD", "PETS", "TREATS", "pet"),
    ("GROCERY", "DRINKS", "ROOT BEER", ""),
    ("GROCERY", "DRINKS", "Ginger-Beers", ""),
    ("GROCERY", "DRINKS", "APPLE CIDER", ""),
    ("GROCERY", "BAKING", "BEER BREAD MIX", ""),
    ("GROCERY", "VINEGAR", "RED WINE VINEGAR", ""),
    ("HOUSEHOLD", "WINEGLASSES", "WINE GLASSES", ""),
    ("FROZEN", "ICE CREAM", "RUM RAISIN", ""),
    ("PRODUCE", "KALE", "GINGER", ""),
    ("MEAT", "RUMP STEAK", "DRUMSTICKS", ""),
    ("MEAT", "HOT DOGS", "CORN DOGS", ""),
    ("SEAFOOD", "CATFISH", "ANY CATEGORY", ""),
    ("GROCERY", "CATSUP", "PETITE PEAS", ""),
    ("FLORAL", "DOGWOOD", None, ""),
    ("PRODUCE", "SALAD", "BABY SPINACH", ""),
    ("BAKERY", "SCRATCH BAKERY", "CAKES", ""),
]


@pytest.mark.parametrize(("department", "category", "need", "tier"), CLASSES)
def test_shipped_rules(department: str, category: str | None, need: str | None, tier: str) -> None:
    assert classify(SHIPPED, department, category, need) == tier


@pytest.mark.parametrize(("department", "category", "need", "tier"), OTHER_STORES)
def test_usual_words_of_other_stores(department: str, category: str | None, need: str | None, tier: str) -> None:
    assert classify(SHIPPED, department, category, need) == tier


def test_words_are_whole_and_exceptions_are_overlooked_not_let_out() -> None:
    rules = [SensitiveRule("alcohol", words=("ale", "whisk%"), exceptions=("ginger ale",))]
    assert classify(rules, "G", "ALES", None) == classify(rules, "G", None, "rye-whiskeys") == "alcohol"
    assert classify(rules, "GALE", "ALEHOUSE", "GINGER/ALE") == ""
    assert classify(rules, "G", None, "GINGER ALE AND ALE") == "alcohol"
    assert classify(rules, "G", "GINGER", "ALE") == "alcohol"


def test_a_rule_of_words_keeps_to_its_patterns() -> None:
    rules = [SensitiveRule("alcohol", department="BAR", words=("rum",))]
    assert classify(rules, "BAR", None, "RUM") == "alcohol"
    assert classify(rules, "BAKERY", None, "RUM") == ""


def test_words_and_exceptions_are_read_and_numbered() -> None:
    text = '[[rule]]\ntier = "pet"\n[[rule]]\ntier = "alcohol"\nwords = "rum"\nexcept = ["rum cake"]'
    assert parse_sensitive_rules(text, "s.toml")[1] == SensitiveRule(
        "alcohol", words=("rum",), exceptions=("rum cake",), number=2
    )


def test_a_tier_that_does_not_exist_is_refused_wherever_it_is_closed() -> None:
    check_tiers(TIERS, "r.toml")
    with pytest.raises(ConfigError, match=r"r.toml: .*names 'medicines'; expected never, medicine"):
        check_tiers(["never", "medicines"], "r.toml")


def test_the_deciding_rule_is_told_with_the_word_it_found() -> None:
    lager = ("BEER & WINE", "LAGER", None)
    rule = deciding_rule(SHIPPED, *lager)
    assert rule is not None
    assert rule_text(rule, *lager) == f'{rule.number}: word "beer"'
    assert deciding_rule(SHIPPED, "PRODUCE", "KALE", None) is None


def test_a_word_no_own_rule_decides_is_suspicious_unless_let_out() -> None:
    assert suspicious_word([SensitiveRule("pet", need="DOG%")], "BEER & WINE", "LAGER", None) == "BEER"
    assert suspicious_word([SensitiveRule("open", category="LAGER")], "BEER & WINE", "LAGER", None) == ""
    assert suspicious_word([SensitiveRule("pet")], "BEER & WINE", "LAGER", None) == ""
    assert suspicious_word([], "GROCERY", "CONDIMENTS", "COOKING WINES") == ""
    assert suspicious_word(SHIPPED, "BEER & WINE", "LAGER", None) == ""


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
        ('[[rule]]\ntier = "pet"\nexcept = ["x"]', r"rule\[1\].except stands without words"),
        ("", "s.toml holds no rule"),
        ("[[rule", "s.toml is not a TOML file"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_sensitive_rules(text, "s.toml")


def test_the_digest_changes_with_any_rule_and_with_their_order() -> None:
    rules = (SensitiveRule("pet", need="DOG%"), SensitiveRule("never"))
    worded = (
        SensitiveRule("pet", words=("dog", "cat")),
        SensitiveRule("pet", words=("dog",), exceptions=("cat",)),
    )
    plain = (SensitiveRule("pet", words=("dog",)),)
    digests = {rules_digest(r) for r in (rules, rules[::-1], rules[:1], worded[:1], worded[1:], plain)}
    assert len(digests) == 6
    assert rules_digest(rules) == rules_digest(list(rules))
