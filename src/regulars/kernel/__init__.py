"""What every other room may use: money, ids, periods, clock, seeds, list and product codes, errors.

In: plain values. Out: plain values.
Rules: standard library only; no I/O, no settings, no time but what is passed in.
Not here: tables (contracts), anything that knows a store, a file or a household's history.
"""

from ._bars import code_128_runs, ean_13_runs, reads_as_ean_13
from ._buckets import bucket_of
from ._clock import Clock, SystemClock
from ._element_strings import read_scan
from ._errors import (
    ConfigError,
    ContractError,
    LockedError,
    ModelError,
    RegularsError,
    StoreError,
)
from ._ids import (
    CardId,
    CategoryId,
    DealId,
    DepartmentId,
    GrantId,
    HouseholdId,
    NeedId,
    OfferId,
    PlanId,
    ProductId,
    StoreId,
    TransactionId,
    VendorId,
)
from ._lane_signing import ANY_LANE, DESK, EVERY_STORE, lane_secret, request_signature
from ._listcode import (
    LIST_CODE_DIGITS,
    CodeForm,
    CodeKeys,
    ListCode,
    check_digit,
    code_as_scanned,
    device_token,
    form_token,
    list_code,
    qr_secret,
    read_list_code,
    shuffled_sequence,
    unsubscribe_token,
)
from ._money import MICROS_PER_CENT, Cents, divide_half_up, dollars, percent_of, split_exactly
from ._periods import CYCLE_DAYS, Cycle, Period, cycle_at, cycle_starting, programme_year
from ._product_codes import (
    GTIN_DIGITS,
    US_LAYOUTS,
    CodeKind,
    ProductCode,
    VariableLayout,
    code_reader,
    expand_upc_e,
    field_check_digit,
    gtin_check_digit,
    read_product_code,
)
from ._seeds import derived_seed, digest_of, unit_interval
from ._spreadsheets import formula_safe

__all__ = [
    "ANY_LANE",
    "CYCLE_DAYS",
    "DESK",
    "EVERY_STORE",
    "GTIN_DIGITS",
    "LIST_CODE_DIGITS",
    "MICROS_PER_CENT",
    "US_LAYOUTS",
    "CardId",
    "CategoryId",
    "Cents",
    "Clock",
    "CodeForm",
    "CodeKeys",
    "CodeKind",
    "ConfigError",
    "ContractError",
    "Cycle",
    "DealId",
    "DepartmentId",
    "GrantId",
    "HouseholdId",
    "ListCode",
    "LockedError",
    "ModelError",
    "NeedId",
    "OfferId",
    "Period",
    "PlanId",
    "ProductCode",
    "ProductId",
    "RegularsError",
    "StoreError",
    "StoreId",
    "SystemClock",
    "TransactionId",
    "VariableLayout",
    "VendorId",
    "bucket_of",
    "check_digit",
    "code_128_runs",
    "code_as_scanned",
    "code_reader",
    "cycle_at",
    "cycle_starting",
    "derived_seed",
    "device_token",
    "digest_of",
    "divide_half_up",
    "dollars",
    "ean_13_runs",
    "expand_upc_e",
    "field_check_digit",
    "form_token",
    "formula_safe",
    "gtin_check_digit",
    "lane_secret",
    "list_code",
    "percent_of",
    "programme_year",
    "qr_secret",
    "read_list_code",
    "read_product_code",
    "read_scan",
    "reads_as_ean_13",
    "request_signature",
    "shuffled_sequence",
    "split_exactly",
    "unit_interval",
    "unsubscribe_token",
]
