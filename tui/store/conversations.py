"""Conversations with language models: their turns as a tree, what is typed but not sent, and a full-text index.

A turn hangs below the one that it answers; editing and answering anew make siblings. `Conversation.leaf` is the end
of the branch that is shown. The text of an answer that still comes is its run's: a turn's id is its run's id, and
the text moves into the turn when the run has ended, so that a long answer is not written again for every token.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from tui.store import conversation_rows as chat_rows
from tui.store.conversation import LIVE as LIVE
from tui.store.conversation import Conversation as Conversation
from tui.store.conversation import Role as Role
from tui.store.conversation import Turn as Turn
from tui.store.conversation import TurnState as TurnState
from tui.store.database import Database
from tui.store.timestamps import micros


class Chats:
    """The conversations of one store. Every method raises StoreError; those that name an id raise KeyError."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def conversations(self, account: str, text: str = "", limit: int = 1000) -> list[Conversation]:
        """Those whose title has every word of `text`, or one of whose turns has; the last used first."""
        return await self._database.read(lambda db: chat_rows.conversations(db, account, text, limit))

    async def conversation(self, account: str, conversation_id: str) -> Conversation | None:
        """One conversation, or None."""
        return await self._database.read(lambda db: chat_rows.conversation(db, account, conversation_id))

    async def add(self, account: str, conversation: Conversation) -> None:
        """Keep a new conversation."""
        await self._database.write(lambda db: chat_rows.add(db, account, conversation))

    async def change(self, account: str, conversation_id: str, **changes: object) -> Conversation:
        """Change fields of a conversation and return it. `updated_at` is the caller's to change."""

        def job(connection: sqlite3.Connection) -> Conversation:
            chat_rows.change(connection, account, conversation_id, changes)
            return chat_rows.must(connection, account, conversation_id)

        return await self._database.write(job)

    async def delete(self, account: str, conversation_id: str) -> None:
        """Forget a conversation and its turns. Their predictions stay."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM conversations WHERE account = ? AND id = ?",
                (account, conversation_id),
            )

        await self._database.write(job)

    async def turn(self, account: str, turn_id: str) -> Turn | None:
        """One turn, or None."""
        return await self._database.read(lambda db: chat_rows.turn(db, account, turn_id))

    async def branch(self, account: str, conversation_id: str, leaf: str | None = None) -> list[Turn]:
        """The turns from the first to `leaf`, or to the end of the branch that is shown."""

        def job(connection: sqlite3.Connection) -> list[Turn]:
            end = leaf if leaf is not None else chat_rows.must(connection, account, conversation_id).leaf
            return chat_rows.branch(connection, account, conversation_id, end)

        return await self._database.read(job)

    async def tree(self, account: str, conversation_id: str) -> list[Turn]:
        """All turns of a conversation, on all branches, oldest first."""

        def job(connection: sqlite3.Connection) -> list[Turn]:
            found = connection.execute(
                f"{chat_rows.SELECT} WHERE turns.account = ? AND conversation_id = ? ORDER BY number",
                (account, conversation_id),
            )
            return [chat_rows.turn_of(row) for row in found]

        return await self._database.read(job)

    async def siblings(self, account: str, turn_id: str) -> list[Turn]:
        """The turns in the same place, itself among them, oldest first."""

        def job(connection: sqlite3.Connection) -> list[Turn]:
            turn = chat_rows.must_turn(connection, account, turn_id)
            found = connection.execute(
                f"{chat_rows.SELECT} WHERE turns.account = ? AND conversation_id = ? AND parent IS ? ORDER BY number",
                (account, turn.conversation_id, turn.parent),
            )
            return [chat_rows.turn_of(row) for row in found]

        return await self._database.read(job)

    async def places(self, account: str, conversation_id: str) -> dict[str, tuple[int, int]]:
        """For each turn that has alternatives: its number among them, from 1, and how many there are."""

        def job(connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
            found = connection.execute(
                "SELECT id, row_number() OVER (PARTITION BY parent ORDER BY number) AS place, "
                "count(*) OVER (PARTITION BY parent) AS many FROM turns WHERE account = ? AND conversation_id = ?",
                (account, conversation_id),
            )
            return {row["id"]: (row["place"], row["many"]) for row in found if row["many"] > 1}

        return await self._database.read(job)

    async def choose(self, account: str, turn_id: str) -> Conversation:
        """Show the branch through a turn: on from it, the newest turn at each fork."""

        def job(connection: sqlite3.Connection) -> Conversation:
            turn = chat_rows.must_turn(connection, account, turn_id)
            chat_rows.change(
                connection, account, turn.conversation_id, {"leaf": chat_rows.newest_below(connection, account, turn)}
            )
            return chat_rows.must(connection, account, turn.conversation_id)

        return await self._database.write(job)

    async def append(
        self, account: str, turns: Sequence[Turn], *, leaf: str | None = None, **changes: object
    ) -> Conversation:
        """Keep new turns of one conversation, show the branch that ends at `leaf`, and change its fields. On the
        disk, all or nothing, when this returns."""

        def job(connection: sqlite3.Connection) -> Conversation:
            conversation_id = turns[0].conversation_id
            chat_rows.must(connection, account, conversation_id)
            for turn in turns:
                chat_rows.append(connection, account, turn)
            chat_rows.change(connection, account, conversation_id, {"leaf": leaf, **changes} if leaf else changes)
            return chat_rows.must(connection, account, conversation_id)

        return await self._database.write(job, durable=True)

    async def change_turn(self, account: str, turn: Turn, *, durable: bool = False) -> None:
        """Keep a turn as it is now; the text of one that is live stays with its run."""
        await self._database.write(lambda db: chat_rows.change_turn(db, account, turn), durable=durable)

    async def unfinished(self, account: str) -> list[Turn]:
        """The answers that may still change, oldest first."""

        def job(connection: sqlite3.Connection) -> list[Turn]:
            found = connection.execute(
                f"{chat_rows.SELECT} WHERE turns.account = ? AND {chat_rows.LIVE_ANSWER} ORDER BY number", (account,)
            )
            return [chat_rows.turn_of(row) for row in found]

        return await self._database.read(job)

    async def sweep(self, account: str, before: datetime) -> None:
        """Forget conversations in which nothing was ever said or typed, older than `before`."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM conversations WHERE account = ? AND updated_at < ? AND leaf IS NULL AND draft = '' "
                "AND titled = 0 AND NOT EXISTS (SELECT 1 FROM turns WHERE conversation_id = conversations.id)",
                (account, micros(before)),
            )

        await self._database.write(job)
