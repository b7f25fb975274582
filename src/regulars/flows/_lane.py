"""A reference lane: asks the centre, else its store's controller, else gives alone what its pack allows.

What it must not forget lies in its journal before it matters: a lane that dies at any point and comes back knows which
baskets it began, what it asked for, what it gave, and what was paid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from regulars.kernel import ContractError, RegularsError, StoreError, StoreId, code_as_scanned, digest_of
from regulars.offers import BasketLine, evaluate_basket
from regulars.redeem import LaneTransaction, OfflineClass, PackedGrant, TillPack

from ._till_pack import LaneJournal

Lines = Sequence[Mapping[str, Any]]
CENTRE, CONTROLLER, ALONE = "centre", "controller", "alone"
_TOLD_AT_ONCE = 200


class TillCaller(Protocol):
    """A lane's connection; `adapters.TillClient` is one."""

    def hold(self, transaction: LaneTransaction, lines: Lines, *, revision: int = 0, **identity: Any) -> Any:
        """Hold what applies."""
        ...

    def arm(self, transaction: LaneTransaction, offers: Sequence[Mapping[str, Any]]) -> Any:
        """Give held offers."""
        ...

    def release(self, transaction: LaneTransaction) -> Any:
        """Give back what the basket holds."""
        ...

    def facts(self, facts: Sequence[Mapping[str, Any]]) -> Any:
        """Tell what happened."""
        ...

    def make_good(self, transaction: LaneTransaction, lines: Lines, **identity: Any) -> Any:
        """Credit afterwards what a basket missed."""
        ...

    def close_day(self, business_on: str) -> Any:
        """Close a day of the store."""
        ...


@dataclass
class _Basket:
    """What the journal says of one basket."""

    arming: list[tuple[str, str]] = field(default_factory=list)
    given: list[dict[str, Any]] = field(default_factory=list)
    missed: dict[str, Any] | None = None
    paid: bool | None = None
    told: bool = False


@dataclass(frozen=True)
class Reconciled:
    """What came of telling the centre.

    Args:
        outcomes: Facts by what they turned out to be: ``duplicate`` is the store's loss.
        credited_cents: What was made good.
    """

    outcomes: Mapping[str, int]
    credited_cents: int


class ReferenceLane:
    """One lane of one store.

    Args:
        store_id: The store.
        lane_id: The lane.
        journal: The lane's own; a lane that comes back is made anew on the same.
        centre: The connection to the service.
        controller: The connection to the store's controller, if it has one.
        pack: What it may give alone; None for nothing.
        reach: Called with the name of each point of the protocol as it is reached; tests let the lane die there.
    """

    def __init__(
        self,
        store_id: StoreId,
        lane_id: str,
        journal: LaneJournal,
        centre: TillCaller,
        *,
        controller: TillCaller | None = None,
        pack: TillPack | None = None,
        reach: Callable[[str], None] = lambda _point: None,
    ) -> None:
        if pack is not None and pack.store_id != store_id:
            raise ContractError(f"the till pack is for store {pack.store_id}; expected store {store_id}")
        self._store_id, self._lane_id, self._journal, self._reach = store_id, lane_id, journal, reach
        self._sites = {CENTRE: centre, **({CONTROLLER: controller} if controller else {})}
        self._pack, self._cut_off = pack, False
        self._baskets: dict[str, _Basket] = {}
        for entry in journal.entries():
            self._note(entry)

    @property
    def untold_cents(self) -> int:
        """What was given alone and not told yet: never more than the pack's cap."""
        return sum(
            one["discount_cents"]
            for basket in self._baskets.values()
            if not basket.told and basket.paid is not False
            for one in basket.given
            if one["by"] == ALONE
        )

    def ring(self, transaction: LaneTransaction, lines: Lines, **identity: str) -> list[dict[str, Any]]:
        """What may be taken off the basket, each with its `grant`, `discount_cents` and `by` whom; before tender.

        Args:
            transaction: The lane's number of it.
            lines: As the till calls take them.
            identity: One of `list_code`, `phone_secret` and `card_id`; without the centre, the code or the secret.
        """
        self._write({"e": "begun", "t": transaction.key})
        self._reach("begun")
        left, given = list(lines), list[dict[str, Any]]()
        for name in self._sites:
            given += self._ask(name, transaction, left, identity)
            left = _undiscounted(left, given)
        if self._cut_off:
            given += self._alone(transaction, left, identity)
            missed = {"lines": _undiscounted(left, given), "identity": dict(identity)}
            self._write({"e": "missed", "t": transaction.key, "missed": missed})
        self._write({"e": "given", "t": transaction.key, "given": given})
        self._reach("given")
        return given

    def pay(self, transaction: LaneTransaction, *, paid: bool) -> None:
        """The basket was paid, and its receipt printed; or it was given up."""
        self._write({"e": "paid", "t": transaction.key, "paid": paid})
        self._reach("paid")

    def come_back(self, was_paid: Callable[[LaneTransaction], bool]) -> int:
        """After a crash: end every basket that was begun, as its receipt says; returns how many.

        Args:
            was_paid: Whether the till's own memory shows the basket paid.
        """
        open_ones = [key for key, basket in self._baskets.items() if basket.paid is None]
        for key in open_ones:
            self._write({"e": "paid", "t": key, "paid": was_paid(LaneTransaction.of_key(key))})
        return len(open_ones)

    def reconcile(self) -> Reconciled | None:
        """Tell the centre, and the controller, what they do not know yet; None while nobody answers.

        Baskets that are not told of stay in the journal; telling twice changes nothing.
        """
        ended = [key for key, one in self._baskets.items() if one.paid is not None and not one.told]
        outcomes: dict[str, int] = {}
        credited = 0
        for start in range(0, len(ended), _TOLD_AT_ONCE):
            chunk = ended[start : start + _TOLD_AT_ONCE]
            try:
                told = self._tell(chunk)
                credited += sum(self._make_good(key) for key in chunk)
            except StoreError:
                self._cut_off = True
                return None
            for outcome in told:
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
            self._write({"e": "told", "all": chunk})
        self._cut_off = False
        return Reconciled(outcomes, credited)

    def _write(self, entry: dict[str, Any]) -> None:
        self._journal.append(entry)
        self._note(entry)

    def _note(self, entry: Mapping[str, Any]) -> None:
        for key in entry.get("all", ()):
            self._baskets[key].told = True
        if "t" not in entry:
            return
        basket = self._baskets.setdefault(entry["t"], _Basket())
        match entry["e"]:
            case "arming":
                basket.arming += [(entry["at"], grant) for grant in entry["grants"]]
            case "given":
                basket.given = entry["given"]
            case "missed":
                basket.missed = entry["missed"]
            case "paid":
                basket.paid = entry["paid"]

    def _ask(
        self, name: str, transaction: LaneTransaction, lines: Lines, identity: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """Hold and arm at one site; without an answer, nothing is given by it."""
        site = self._sites[name]
        if not lines or (name == CENTRE and self._cut_off) or (name == CONTROLLER and not _shown(identity)):
            return []
        try:
            quote = site.hold(transaction, lines, revision=0, **identity)
            self._reach(f"held at the {name}")
            held = [one for one in quote["offers"] if not one["reason"]]
            if not held:
                return []
            self._write(
                {"e": "arming", "t": transaction.key, "at": name, "grants": [one["grant"] for one in held]}
            )
            self._reach(f"arming at the {name}")
            asked = [
                {"grant": one["grant"], "epoch": one["epoch"], "discount_cents": one["saving_cents"]}
                for one in held
            ]
            answer = site.arm(transaction, asked)
            self._reach(f"armed at the {name}")
        except (StoreError, ContractError):
            self._cut_off |= name == CENTRE
            return []
        armed = {one["grant"] for one in answer["lines"] if one["armed"]}
        return [
            {
                "grant": one["grant"],
                "discount_cents": one["saving_cents"],
                "by": name,
                "lines": [int(number) for number in one["lines"]],
            }
            for one in held
            if one["grant"] in armed
        ]

    def _alone(
        self, transaction: LaneTransaction, lines: Lines, identity: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """Capped offers of the pack on what nobody else discounted, within the lane's cap."""
        pack = self._pack
        shown = _shown(identity)
        if pack is None or not shown or transaction.business_on not in pack.period:
            return []
        in_doubt = {grant for _, grant in self._baskets[transaction.key].arming}
        capped = [
            one
            for one in pack.find(digest_of(shown)) or ()
            if one.offline is OfflineClass.CAPPED
            and one.uses > self._used(pack, one)
            and f"{pack.plan_id}/{one.grant_id}" not in in_doubt
        ]
        basket = [BasketLine(one["number"], one["code"], one["quantity"], one["amount_cents"]) for one in lines]
        left = pack.lane_cap_cents - self.untold_cents
        cap = left if pack.basket_cap_cents is None else min(left, pack.basket_cap_cents)
        found = evaluate_basket(
            basket,
            [pack.offers[one.offer_id, one.level] for one in capped],
            store_id=self._store_id,
            basket_cap_cents=max(0, cap),
        )
        names = {one.offer_id: f"{pack.plan_id}/{one.grant_id}" for one in capped}
        return [
            {
                "grant": names[one.offer_id],
                "discount_cents": one.saving_cents,
                "by": ALONE,
                "lines": sorted(one.lines),
            }
            for one in found.applied
        ]

    def _used(self, pack: TillPack, packed: PackedGrant) -> int:
        """How often this lane gave a grant, alone or not, and did not give the basket up."""
        name = f"{pack.plan_id}/{packed.grant_id}"
        return sum(
            one["grant"] == name
            for basket in self._baskets.values()
            if basket.paid is not False
            for one in basket.given
        )

    def _tell(self, keys: Sequence[str]) -> list[str]:
        """Facts of ended baskets; what the centre makes of each."""
        facts: dict[str, list[dict[str, Any]]] = {name: [] for name in self._sites}
        for key in keys:
            basket = self._baskets[key]
            given = basket.given if basket.paid else []
            told = [
                {
                    "kind": "told",
                    "transaction": LaneTransaction.of_key(key).as_plain(),
                    "share": {"grant": one["grant"], "discount_cents": one["discount_cents"]},
                }
                for one in given
            ]
            kept = {one["grant"] for one in given}
            undone = [(name, _void(key, grant)) for name, grant in basket.arming if grant not in kept]
            facts[CENTRE] += [*told, *(fact for _, fact in undone)]
            if CONTROLLER in facts:
                mine = [fact for fact, one in zip(told, given, strict=True) if one["by"] == CONTROLLER]
                facts[CONTROLLER] += [*mine, *(fact for name, fact in undone if name == CONTROLLER)]
            if undone or basket.paid is False:
                self._sites[CENTRE].release(LaneTransaction.of_key(key))
        outcomes: list[str] = []
        for name, many in facts.items():
            for start in range(0, len(many), _TOLD_AT_ONCE):
                answer = self._sites[name].facts(many[start : start + _TOLD_AT_ONCE])
                if name == CENTRE:
                    outcomes += [one for fact in answer["facts"] for one in fact["outcomes"].values()]
            self._reach("telling")
        return outcomes

    def _make_good(self, key: str) -> int:
        """Ask for what a paid basket missed; cents credited."""
        basket = self._baskets[key]
        if not basket.paid or basket.missed is None or not basket.missed["lines"]:
            return 0
        try:
            answer = self._sites[CENTRE].make_good(
                LaneTransaction.of_key(key), basket.missed["lines"], **basket.missed["identity"]
            )
        except StoreError:
            raise
        except RegularsError:
            return 0  # the centre refuses the basket itself: there is nothing to credit
        return sum(one["discount_cents"] for one in answer["lines"])


def _shown(identity: Mapping[str, str]) -> str:
    """What stands on the list or in the phone; a card means nothing without the centre."""
    return code_as_scanned(identity.get("list_code", "")) or identity.get("phone_secret") or ""


def _void(key: str, grant: str) -> dict[str, Any]:
    sale = LaneTransaction.of_key(key).as_plain()
    return {"kind": "void", "transaction": sale, "original": sale, "grant": grant, "amount_cents": 0}


def _undiscounted(lines: Lines, given: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Lines that nothing given takes anything off."""
    touched = {number for one in given for number in one["lines"]}
    return [line for line in lines if line["number"] not in touched]
