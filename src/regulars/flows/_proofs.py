"""Which lists a person looks at before all of them go out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ._plan import read_plan
from ._ports import Warehouse


def proof_households(warehouse: Warehouse, plan_id: str, always: Sequence[str], *, most: int) -> list[str]:
    """Households whose lists show what may go wrong: the fullest, the emptiest, and some in between.

    Args:
        warehouse: Holds the plan.
        plan_id: The plan.
        always: Households that come first in any case.
        most: How many more at most, >= 0.

    Returns:
        Household ids, none twice; the more there may be, the more of those in between.

    Raises:
        ContractError: There is no such plan.
    """
    lists = read_plan(warehouse, plan_id, "plan_lists").sort_by("list_number")
    ids = lists["household_id"]
    items, specials = (
        _rows_of(read_plan(warehouse, plan_id, name), ids) for name in ("plan_lines", "plan_grants")
    )
    filled = np.argsort(items + specials, kind="stable")
    telling = [filled[-1], filled[0], int(np.argmin(specials)), int(np.argmin(items))] if len(filled) else []
    between = np.linspace(0, len(filled) - 1, num=max(0, most), dtype=np.int64).tolist() if len(filled) else []
    chosen = [str(ids[int(place)]) for place in (*telling, *between)]
    return [*dict.fromkeys(always), *[one for one in dict.fromkeys(chosen) if one not in set(always)][:most]]


def _rows_of(rows: pa.Table, ids: pa.ChunkedArray) -> np.ndarray:
    """How many rows each household has."""
    place = pc.index_in(rows["household_id"], ids.combine_chunks()).to_numpy(zero_copy_only=False)
    return np.bincount(place[~np.isnan(place)].astype(np.int64), minlength=len(ids))
