# SPDX-License-Identifier: GPL-3.0-or-later
"""The database of the NAS: SQLite tables in the layout of the server's own (upstream plugins/cloud_credentials/crud.py,
plugins/keychain/crud.py, plugins/cloud_sync/crud.py)."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from . import ejson

_SCHEMA = """
create table if not exists system_cloudcredentials
    (id integer primary key autoincrement, name text, provider text, attributes text);
create table if not exists system_keychaincredential
    (id integer primary key autoincrement, name text, type text, attributes text);
create table if not exists tasks_cloudsync
    (id integer primary key autoincrement, description text, credential integer, task text, job text);
create table if not exists tasks_cloud_backup
    (id integer primary key autoincrement, description text, credential integer, task text, job text);
create table if not exists repositories (place text primary key, password text);
create table if not exists revoked_api_keys
    (id integer, digest text, reason text, primary key (id, digest));
"""

CREDENTIALS = "system_cloudcredentials"
KEYCHAIN = "system_keychaincredential"
CLOUD_SYNC = "tasks_cloudsync"
CLOUD_BACKUP = "tasks_cloud_backup"
_JSON_COLUMNS = frozenset({"attributes", "task"})


def matches(pattern: str, text: str) -> bool:
    """Return whether a pattern is found in a text, of any case: the function `regexp` of the database."""
    return re.search(pattern, text, re.IGNORECASE) is not None


class Store:
    """The database of one state directory, without a file in memory. Rows are dicts; JSON columns are parsed."""

    def __init__(self, file: Path | None = None) -> None:
        self._database = sqlite3.connect(file or ":memory:", isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.executescript(_SCHEMA)
        self._database.create_function("regexp", 2, matches, deterministic=True)
        if file:
            file.chmod(0o600)

    def close(self) -> None:
        """Close the database; everything was written already."""
        self._database.close()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return all rows in the order of their ids."""
        return [_parsed(row) for row in self._database.execute(f"select * from {table} order by id")]

    def found(
        self,
        table: str,
        condition: str,
        values: list[Any],
        *,
        order: list[str] | None = None,
        limit: int = -1,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        """Return the rows that meet a condition of SQL with these values, by id where `order` says nothing else."""
        by = ", ".join([*(order or []), "id"])
        text = f"select * from {table} where {condition} order by {by} limit ? offset ?"
        return [_parsed(row) for row in self._database.execute(text, [*values, limit, offset])]

    def row(self, table: str, row_id: int) -> dict[str, Any] | None:
        """Return the row of an id, or None."""
        found = self._database.execute(f"select * from {table} where id = ?", [row_id]).fetchone()
        return None if found is None else _parsed(found)

    def insert(self, table: str, columns: dict[str, Any]) -> int:
        """Add a row, with an id of its own choice unless `columns` names one, and return its id."""
        marks = ", ".join("?" * len(columns))
        cursor = self._database.execute(
            f"insert into {table} ({', '.join(columns)}) values ({marks})", _written(columns)
        )
        return int(cursor.lastrowid or 0)

    def update(self, table: str, row_id: int, columns: dict[str, Any]) -> None:
        """Change columns of a row."""
        assignments = ", ".join(f"{name} = ?" for name in columns)
        self._database.execute(f"update {table} set {assignments} where id = ?", [*_written(columns), row_id])

    def delete(self, table: str, row_id: int) -> None:
        """Remove a row, if it exists."""
        self._database.execute(f"delete from {table} where id = ?", [row_id])

    def is_empty(self) -> bool:
        """Return whether no table the seed could fill holds a row."""
        return not any(self.rows(table) for table in (CREDENTIALS, KEYCHAIN, CLOUD_SYNC, CLOUD_BACKUP))

    def repository_password(self, place: str) -> str | None:
        """Return the password of the backup repository at an address, None if there is none."""
        found = self._database.execute("select password from repositories where place = ?", [place]).fetchone()
        return None if found is None else str(found["password"])

    def add_repository(self, place: str, password: str) -> None:
        """Add a backup repository, or replace the one at that address."""
        self._database.execute("insert or replace into repositories values (?, ?)", [place, password])

    def revoke(self, key_id: int, digest: str, reason: str) -> None:
        """Remember for good that an API key is revoked."""
        self._database.execute("insert or ignore into revoked_api_keys values (?, ?, ?)", [key_id, digest, reason])

    def is_revoked(self, key_id: int, digest: str) -> bool:
        """Return whether an API key was revoked."""
        found = self._database.execute("select 1 from revoked_api_keys where id = ? and digest = ?", [key_id, digest])
        return found.fetchone() is not None


def _parsed(row: sqlite3.Row) -> dict[str, Any]:
    return {key: _read(key, row[key]) for key in row.keys()}  # noqa: SIM118 - a row of SQLite iterates over its values


def _read(name: str, value: Any) -> Any:
    if name == "job":
        return None if value is None else ejson.loads(value)
    return json.loads(value) if name in _JSON_COLUMNS else value


def _written(columns: dict[str, Any]) -> list[Any]:
    return [_text(name, value) for name, value in columns.items()]


def _text(name: str, value: Any) -> Any:
    if name == "job":
        return None if value is None else ejson.dumps(value)
    return json.dumps(value) if name in _JSON_COLUMNS else value
