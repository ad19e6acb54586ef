#!/usr/bin/env python3
"""Writes a database of Trice as an earlier version of its schema has it, with the rows that it has.

    downgrade.py DATABASE SCHEMA VERSION

SCHEMA is a file of `Schemas`. Rows lose the columns that the version does not have; a table that it does not have is lost.
"""
import os
import re
import sqlite3
import sys

path, schema, version = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(schema, encoding="utf-8") as file:
    steps = re.split(r"^-- version \d+\n", file.read(), flags=re.MULTILINE)[1:]

# Until version 3 a network recorded a digest of its configuration, of which there were two.
OPEN, INTERNAL = "6ae9984508062dbd0246fb22c42fee75", "277069d870062db7c105a7a200abfa94"

old = sqlite3.connect(path + ".old")
old.execute("PRAGMA foreign_keys = OFF")
for step in steps[:version]:
    old.executescript(step)
new = sqlite3.connect(path)
new.row_factory = sqlite3.Row
count = 0
for (table,) in old.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
    columns = [row[1] for row in old.execute(f"PRAGMA table_info({table})")]
    present = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
    for row in new.execute(f"SELECT * FROM {table}").fetchall() if present else []:
        values = {column: row[column] for column in columns}
        if table == "network" and version < 3:
            values["configuration"] = INTERNAL if row["isInternal"] else OPEN
        old.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            [values[column] for column in columns])
        count += 1
old.execute(f"PRAGMA user_version = {version}")
old.commit()
new.close()
old.execute("PRAGMA journal_mode = WAL")
old.close()
for suffix in ("", "-wal", "-shm"):
    if os.path.exists(path + suffix):
        os.remove(path + suffix)
os.rename(path + ".old", path)
os.chmod(path, 0o600)
print(count)
