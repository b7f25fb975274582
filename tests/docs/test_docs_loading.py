"""The guide to loading says of mappings what is so."""

import re

from docs_pages import ROOT

from regulars.ingest import KINDS, parse_mapping
from regulars.ingest._mapping_defaults import left_out

GUIDE = (ROOT / "docs/guides/loading-data.md").read_text(encoding="utf-8")


def test_the_guides_mapping_is_one() -> None:
    (text,) = re.findall(r"```toml\n(name = .*?)```", GUIDE, re.DOTALL)
    entries = parse_mapping(text, "guide.toml").files
    assert [(entry.kind, entry.format) for entry in entries] == [
        ("lines", "csv"), ("products", "csv"), ("lines", "poslog"),
    ]  # fmt: skip
    assert entries[0].columns[1].source == "Card"


def test_the_guide_names_what_may_be_left_out() -> None:
    table = GUIDE.partition("| kind | left out, and what it holds then |")[2].partition("\n\n")[0]
    said = dict(re.findall(r"^\| (`.*`) \| (.*) \|$", table, re.MULTILINE))
    for kind in set(KINDS) - {"deals"}:
        told = next((text for kinds, text in said.items() if f"`{kind}`" in kinds), "")
        for name, default in left_out(kind, "csv").items():
            if default.get("same_as") == "name":
                assert f"`{name}`: the `name`" in told
                continue
            if "same_as" in default:
                assert (
                    f"`{default['same_as']}`" in GUIDE.partition("is the row's first day (")[2].partition(")")[0]
                )
                continue
            part = next(part for part in told.split(";") if f"`{name}`" in part)
            assert part.endswith(f": {default['constant'] or 'an empty text'}"), (kind, name)
