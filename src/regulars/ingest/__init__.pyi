from ._cards import Holding, holder, holders
from ._gaps import LaneGap, StoreDay, lane_gaps, missing_store_days
from ._mapping_cells import ComputedCell, FixedField
from ._mappings import (
    FORMATS,
    KINDS,
    ColumnSource,
    FileMapping,
    Mapping,
    TextFormat,
    parse_mapping,
    shipped_mapping,
    shipped_mappings,
)
from ._merge import Merged, Outcome, merge_sorted
from ._names import compose_names, pretty_need, pretty_size, printed_size, product_name
from ._promotions_889 import known_products, read_promotions
from ._sensitive import (
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
from ._sniff import TO_BE_NAMED, Proposal, propose_mapping
from ._sniff_sample import Sample, text_sample

__all__ = [
    "FORMATS",
    "KINDS",
    "TIERS",
    "TO_BE_NAMED",
    "ColumnSource",
    "ComputedCell",
    "FileMapping",
    "FixedField",
    "Holding",
    "LaneGap",
    "Mapping",
    "Merged",
    "Outcome",
    "Proposal",
    "Sample",
    "StoreDay",
    "TextFormat",
    "check_tiers",
    "classify",
    "compose_names",
    "deciding_rule",
    "holder",
    "holders",
    "known_products",
    "lane_gaps",
    "merge_sorted",
    "missing_store_days",
    "parse_mapping",
    "parse_sensitive_rules",
    "pretty_need",
    "pretty_size",
    "printed_size",
    "product_name",
    "propose_mapping",
    "read_promotions",
    "rule_text",
    "rules_digest",
    "shipped_mapping",
    "shipped_mappings",
    "shipped_sensitive_text",
    "suspicious_word",
    "text_sample",
]
