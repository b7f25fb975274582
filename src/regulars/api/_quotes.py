"""Quotes of baskets beside the loop that takes calls on; those that come in while one is read are quoted together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from regulars.flows import TillBasket, TillDesk, TillQuote
from regulars.kernel import StoreError

from ._writer import WAITING_MAX, settle, too_many_wait

_Wanted: TypeAlias = "tuple[TillBasket, asyncio.Future[TillQuote]]"
_TOGETHER_MAX = 16


class QuoteReader:
    """Quotes baskets beside the loop that takes calls on.

    A thread of its own for each call would cost more than the quote. In the loop a store on another machine would hold
    up all calls; what is read from this one's disk or memory is quoted there all the same, for handing it to a thread
    and back costs as much again.

    Args:
        desk: What quotes.
    """

    def __init__(self, desk: TillDesk) -> None:
        self._desk = desk
        self._thread = ThreadPoolExecutor(1, "quotes")
        self._wanted: list[_Wanted] = []
        self._reading: asyncio.Task[None] | None = None

    async def quote(self, basket: TillBasket) -> TillQuote:
        """What the shopper's offers would do on a basket now.

        Raises:
            ProblemError: Too many baskets wait already.
            StoreError: The ledger cannot be read.
        """
        if len(self._wanted) >= WAITING_MAX:
            raise too_many_wait()
        if self._desk.reads_at_once:
            with self._desk.reading_together():
                return self._desk.quote(basket)
        loop = asyncio.get_running_loop()
        quoted: asyncio.Future[TillQuote] = loop.create_future()
        self._wanted.append((basket, quoted))
        if self._reading is None:
            self._reading = loop.create_task(self._read())
        return await quoted

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while self._wanted:
            together, self._wanted = self._wanted[:_TOGETHER_MAX], self._wanted[_TOGETHER_MAX:]
            quotes: Sequence[TillQuote | Exception]
            try:
                quotes = await loop.run_in_executor(self._thread, self._quotes, [one for one, _ in together])
            except Exception as error:  # noqa: BLE001 - whoever waits is told, and the next are read
                quotes = [error] * len(together)
            settle((future, quote) for (_, future), quote in zip(together, quotes, strict=True))
        self._reading = None

    def _quotes(self, baskets: Sequence[TillBasket]) -> list[TillQuote | Exception]:
        """A quote of each, or why there is none."""
        quotes: list[TillQuote | Exception] = []
        with self._desk.reading_together():
            for basket in baskets:
                try:
                    quotes.append(self._desk.quote(basket))
                except Exception as error:  # noqa: BLE001 - one basket's failure is not another's
                    quotes.append(error)
                    if isinstance(error, StoreError) and error.retryable:  # but for a store that is away
                        break
        quotes += quotes[-1:] * (len(baskets) - len(quotes))
        return quotes
