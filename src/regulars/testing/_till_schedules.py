"""Random schedules of a `TillWorld`: weights that make the rare meetings of events common."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from ._till_loads import load_log
from ._till_world import TillWorld

_NEWEST = 4


def run_schedule(
    make_world: Callable[[Callable[[int], int]], TillWorld], seed: int, *, steps: int = 60
) -> TillWorld:
    """Let a world go through a random schedule, deliver everything, and check it all the way.

    Args:
        make_world: Makes the world; it is handed what picks among messages under way.
        seed: The schedule; the same seed gives the same one.
        steps: How many events before everything is delivered.

    Raises:
        AssertionError: The ledger under test broke a promise.
    """
    draw = Random(f"schedule {seed}")  # noqa: S311 - schedules, not secrets
    world = make_world(draw.randrange)
    events = list(_EVENTS)
    weights = [weight for _, weight in events]
    for _ in range(steps):
        [(event, _)] = draw.choices(events, weights)
        event(world, draw)
        world.check()
    world.settle()
    world.check_settled()
    return world


def _number(world: TillWorld, draw: Random) -> int:
    """One of the newest baskets."""
    return max(0, len(world.baskets) - 1 - draw.randrange(_NEWEST))


def _on_basket(act: Callable[[TillWorld, int, Random], None]) -> Callable[[TillWorld, Random], None]:
    def event(world: TillWorld, draw: Random) -> None:
        if world.baskets:
            act(world, _number(world, draw), draw)

    return event


_EVENTS: tuple[tuple[Callable[[TillWorld, Random], None], int], ...] = (
    (lambda w, d: w.ring(d.randrange(2), d.randrange(2), take_over=d.random() < 0.15), 6),
    (_on_basket(lambda w, n, d: w.hold(n, lost=d.random() < 0.3)), 3),
    (_on_basket(lambda w, n, _: w.hold_late(n)), 1),
    (_on_basket(lambda w, n, d: w.arm(n, lost=d.random() < 0.3)), 8),
    (_on_basket(lambda w, n, _: w.retry(n)), 2),
    (_on_basket(lambda w, n, d: w.pay(n, alone=d.random() < 0.5)), 5),
    (_on_basket(lambda w, n, _: w.crash(n)), 1),
    (_on_basket(lambda w, n, _: w.void(n)), 2),
    (_on_basket(lambda w, n, d: w.give_back(n, d.randint(1, 120))), 2),
    (_on_basket(lambda w, n, d: load_log(w, n, undone=d.random() < 0.7)), 2),
    (lambda w, d: w.deliver(d.randrange(1_000), again=d.random() < 0.4), 8),
    (lambda w, d: w.cut(d.randrange(2)), 2),
    (lambda w, d: w.mend(d.randrange(2)), 2),
    (lambda w, d: w.lend(d.randrange(2), lost=d.random() < 0.3), 3),
    (lambda w, d: w.fetch(d.randrange(2)), 1),
    (lambda w, d: w.hand_back(d.randrange(2)), 3),
    (lambda w, d: w.pass_time(d.randint(1, 30)), 4),
    (lambda w, d: w.skew(d.randrange(2), d.choice((-24, -5, 5, 24))), 1),
    (lambda w, _: w.restart(), 1),
)
