"""What a stand's two databases hold, read beside the program: rows as tuples. What a call leaves there is written by the
journal, a moment after its answer: wait for the very rows that are read."""

import sqlite3
from contextlib import closing


def rows_of(stand, base, query, values):
    with closing(sqlite3.connect(f"file:{stand.data / base}?mode=rw", uri=True)) as there:
        return there.execute(query, values).fetchall()


def logged(stand, query, *values):
    """Of the log of requests."""
    return rows_of(stand, "log.db", query, values)


def stored(stand, query, *values):
    """Of everything else."""
    return rows_of(stand, "gemini-balance.db", query, values)


def statuses_logged(stand):
    return [status for status, in logged(stand, "SELECT status FROM requests ORDER BY id")]
