"""Messages of tills and logs against the ledger: load, let the book decide, write, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, delete, insert, or_, select

from regulars.flows import AuditHead
from regulars.kernel import StoreId
from regulars.redeem import (
    ArmAnswer,
    ArmRequest,
    Book,
    Changed,
    Grant,
    GrantKey,
    HoldAnswer,
    HoldRequest,
    LaneTransaction,
    MadeGood,
    RefusalReason,
    Refused,
    ReleaseRequest,
    TillAnswer,
    TillMessage,
    answer_key,
    answer_of,
    answer_text,
    body_digest,
    held_revision,
    refused_whole,
)

from . import _audit
from ._postings import PostingKind
from ._prepared import Prepared, answer_soon, sent_together
from ._shown import write_shown
from ._tables import ANSWERS, GRANTS
from ._till_postings import AskedPools, ask_pools, post_changes
from ._till_rows import (
    ask_rows_of,
    grants_where,
    open_book_of,
    write_exceptions,
    write_grants,
    write_logs,
    write_reversals,
)

_BOOKS = "till.book"
_ANSWERS_NAMED = Prepared(
    select(ANSWERS.c.transaction_id, ANSWERS.c.part, ANSWERS.c.body_digest, ANSWERS.c.answer).where(
        ANSWERS.c.transaction_id.in_(bindparam("names", expanding=True))
    ),
    many="names",
)
_ANSWER_KEPT = Prepared(insert(ANSWERS), alike=("answered_at",))


def moves_money(message: TillMessage) -> bool:
    """Whether a message may change more than who holds what; such messages queue at the audit chain."""
    return not isinstance(message, ReleaseRequest) and not (
        isinstance(message, HoldRequest) and not message.take_over
    )


def handle(
    connection: Connection,
    messages: Sequence[TillMessage],
    *,
    at: datetime,
    today: date,
    site: StoreId | None,
    actor: str,
) -> list[TillAnswer]:
    """Handle messages in order; what they change is written once, at the end.

    Args:
        connection: In a writing transaction.
        messages: In the order they came in.
        at: The centre's clock.
        today: The stores' business day by it.
        site: Whose ledger this is.
        actor: Who sent them, as the audit names them.

    Returns:
        One answer a message.
    """
    keys = [answer_key(message) for message in messages]
    money = any(moves_money(message) for message in messages)
    with sent_together(connection):
        # Before any grant: all writers of money queue here.
        chain = _audit.ask_chain(connection) if money else None
        answered = _ask_answers(connection, {key[0] for key in keys if key})
        found = ask_rows_of(connection, messages)
        head, kept = chain() if chain else None, answered()
        revisions = _newest_revisions(messages, kept)
        book, before = open_book_of(connection, found, revisions=revisions, now=at, today=today, site=site)
        pools = ask_pools(connection, before.values()) if head else {}
        answer_soon(connection)
    known_reversals, known_logs = dict(book.reversals), dict(book.logs)
    fresh: dict[tuple[str, str], tuple[str, str]] = {}
    answers = [_answer(book, message, key, kept, fresh) for message, key in zip(messages, keys, strict=True)]
    changed = _changed(book, before)
    with sent_together(connection):
        write_grants(connection, changed)
        write_reversals(connection, (r for key, r in book.reversals.items() if key not in known_reversals), at)
        write_logs(connection, {t: d for t, d in book.logs.items() if t not in known_logs}, at)
        if head is not None:
            _seal(connection, book, changed, len(messages), at, actor, head, pools)
        _keep_answers(connection, fresh, at)
    return answers


def _ask_answers(
    connection: Connection, transaction_ids: set[str]
) -> Callable[[], dict[tuple[str, str], tuple[str, str]]]:
    """Ask for digest and text of the answers given to these transactions before, by key."""
    if not transaction_ids:
        return dict
    rows = _ANSWERS_NAMED.sent(connection, {"names": sorted(transaction_ids)})
    return lambda: {(transaction_id, part): (digest, text) for transaction_id, part, digest, text in rows()}


def _newest_revisions(
    messages: Sequence[TillMessage], kept: Iterable[tuple[str, str]]
) -> dict[LaneTransaction, int]:
    """The newest state of each basket that asked for a hold before and asks again."""
    asked = {
        message.transaction.key: message.transaction for message in messages if isinstance(message, HoldRequest)
    }
    newest: dict[LaneTransaction, int] = {}
    for transaction_id, part in kept:
        revision, transaction = held_revision(part), asked.get(transaction_id)
        if transaction is not None and revision is not None:
            newest[transaction] = max(revision, newest.get(transaction, 0))
    return newest


def _answer(
    book: Book,
    message: TillMessage,
    key: tuple[str, str] | None,
    kept: dict[tuple[str, str], tuple[str, str]],
    fresh: dict[tuple[str, str], tuple[str, str]],
) -> TillAnswer:
    """The answer to one message: the one given before, if its key was used before."""
    if key is None:
        return book.handle(message)
    digest, known = body_digest(message), kept.get(key)
    if known is None:
        answer = book.handle(message)
        if isinstance(answer, Refused):
            return answer
        assert isinstance(answer, HoldAnswer | ArmAnswer), "only holds and arms have keys of their own"
        kept[key] = fresh[key] = digest, answer_text(answer)
        return answer
    if known[0] == digest:
        return answer_of(known[1])
    assert isinstance(message, HoldRequest | ArmRequest | MadeGood), "only these have keys of their own"
    reused = "this transaction asked for something else before; ask with a higher revision, or a number of its own"
    return refused_whole(message, RefusalReason.KEY_REUSED, reused)


def _keep_answers(connection: Connection, fresh: Mapping[tuple[str, str], tuple[str, str]], at: datetime) -> None:
    rows = [
        {
            "transaction_id": transaction_id,
            "part": part,
            "body_digest": digest,
            "answer": text,
            "answered_at": at,
        }
        for (transaction_id, part), (digest, text) in fresh.items()
    ]
    _ANSWER_KEPT.run(connection, rows)


def _changed(book: Book, before: Mapping[GrantKey, Grant]) -> list[tuple[Grant, Grant]]:
    pairs = ((before[key], grant) for key, grant in book.grants.items())
    return [(old, new) for old, new in pairs if old is not new and old != new]


def _seal(
    connection: Connection,
    book: Book,
    changed: Sequence[tuple[Grant, Grant]],
    messages: int,
    at: datetime,
    actor: str,
    head: AuditHead,
    pools: AskedPools,
    kind: PostingKind = PostingKind.TILL,
) -> None:
    """Post the money and seal it onto the audit chain; nothing if nothing changed."""
    if not changed and not book.exceptions:
        return
    sequence = head.sequence + 1
    write_exceptions(connection, book.exceptions, sequence, at)
    write_shown(connection, changed, sequence, at)
    sealed = post_changes(connection, changed, kind=kind, sequence=sequence, at=at, pools=pools)
    after = {"messages": messages, "grants": len(changed), "exceptions": len(book.exceptions), "postings": sealed}
    _audit.append(connection, _audit.Event(at, actor, _BOOKS, "till", f"{sequence}", {}, after), head)


def close_expired(connection: Connection, *, at: datetime, today: date, actor: str, most: int) -> Changed:
    """End grants whose last day is past and that no basket holds now; at most so many at once."""
    head = _audit.lock_chain(connection)
    idle = or_(GRANTS.c.holder_id.is_(None), GRANTS.c.lapses_at <= at)
    over = and_(GRANTS.c.until_on <= today, GRANTS.c.ended == 0, idle)
    chosen = select(GRANTS.c.grant_id).where(over).order_by(GRANTS.c.plan_id, GRANTS.c.grant_id).limit(most)
    grants = grants_where(connection, and_(over, GRANTS.c.grant_id.in_(chosen)))
    book = Book(grants, now=at, today=today)
    before = dict(book.grants)
    for key in before:
        book.close(key)
    changed = _changed(book, before)
    write_grants(connection, changed)
    pools = ask_pools(connection, before.values())
    _seal(connection, book, changed, 0, at, actor, head, pools, PostingKind.EXPIRE)
    return Changed(tuple(sorted(before)))


def forget_answers(connection: Connection, before_at: datetime) -> int:
    """Drop stored answers older than the returns window; returns how many."""
    return connection.execute(delete(ANSWERS).where(ANSWERS.c.answered_at < before_at)).rowcount


ANSWERS_KEPT_FOR = timedelta(days=400)
"""How long a call that comes again gets the answer it got before: the returns window."""
