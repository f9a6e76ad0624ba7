#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Jobs of Bareos or Bacula as sessions, from Bareos' JSON or from the catalog's table, whose columns are the same.

    printf '.api json\\nllist jobs\\n' | bconsole | ./bacula.py CATALOG | ./changed.py -d DIR | jobsessions -d DIR put

in place of bconsole with a catalog in PostgreSQL, MySQL, or SQLite:

    psql --csv -c 'SELECT * FROM Job ORDER BY JobId' bacula | ...
    mysql --batch -e 'SELECT * FROM Job ORDER BY JobId' bacula | ...
    sqlite3 -csv -header bacula.db 'SELECT * FROM Job ORDER BY JobId' | ...

CATALOG is a name of yours: a job is known by it and its JobId. Times are in the zone of the director: run this with the
same TZ.
"""

import csv
import io
import json
import sys

from sessions import id_of, utc_of_text, write

TYPES = {"B": "PolicyBackup", "R": "FileLevelRestore", "V": "HealthCheck"}
STATUSES = {
    "T": "Success",
    "W": "Warning",
    "e": "Warning",
    "D": "Warning",
    "E": "Error",
    "f": "Error",
    "I": "Error",
    "A": "Canceled",
}
RUNNING = "RLialBMm"  # and what holds one up; the rest has not begun
NUMBERS = ("jobfiles", "jobbytes", "joberrors")


def rows_of(text):
    """Bareos' answers stand between what the console says: the one that has jobs. A table begins with its names."""
    if '"jsonrpc"' not in text:
        is_mysql = "\t" in text.partition("\n")[0]
        quoting = csv.QUOTE_NONE if is_mysql else csv.QUOTE_MINIMAL
        return csv.DictReader(io.StringIO(text), delimiter="\t" if is_mysql else ",", quoting=quoting)
    start = text.find("{")
    while start >= 0:
        answer, end = json.JSONDecoder().raw_decode(text, start)
        if "jobs" in answer.get("result", {}):
            return answer["result"]["jobs"]
        start = text.find("{", end)
    return []


def time_of(row, name):
    text = row.get(name) or ""
    is_none = text == "NULL" or not text.strip("0-: ")  # MySQL's 0000-00-00 00:00:00, and SQLite's 0
    return None if is_none else utc_of_text(text)


def status_of(row, start):
    status = row["jobstatus"]
    if status == "T" and (row.get("joberrors") or "NULL") not in ("0", "NULL"):
        return "Warning"  # Bacula has no W for it, as Bareos has: "Backup OK -- with warnings"
    return STATUSES.get(status, "Running" if status in RUNNING and start else "Pending")


catalog = sys.argv[1]
for row in rows_of(sys.stdin.read()):
    row = {name.lower(): value for name, value in row.items()}
    start = time_of(row, "starttime")
    status = status_of(row, start)
    write(
        {
            "id": id_of("bacula", f"{catalog}:{row['jobid']}"),
            "type": TYPES.get(row["type"], "Bacula:" + row["type"]),
            "executionStartTime": start,
            "executionStopTime": time_of(row, "endtime") if status not in ("Running", "Pending") else None,
            "status": status,
            "backupJobInfo": {"policyName": row["name"]},
            "bacula": {
                "catalog": catalog,
                "job": row["job"],
                "level": row["level"],
                **{name: int(row[name]) for name in NUMBERS if (row.get(name) or "NULL") != "NULL"},
            },
        }
    )
