#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A session's life from start to finish, and what is refused on the way, in the database ./db."""

import json
import os
from datetime import datetime, timezone
from typing import Any, Callable, Optional

from jobsessions import Database, Error, StopRequest, version


def refused(call: Callable[..., Any], *arguments: Any) -> None:
    """Make a call that is to be refused, and say why it was."""
    try:
        call(*arguments)
        print("taken")
    except Error as error:
        print(f"refused {int(error.result)} {error.member}: {error}")


def create(database: Database) -> None:
    job = {
        "policyId": "5b1f0c52-6c0e-4f0a-9d57-1f6c3b7a2e40",
        "policyName": "Zürich, nightly",
        "protectedInstancesCount": 0,
        "policyRemoved": False,
    }
    start = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
    session = {"type": "PolicyBackup", "status": "Running", "executionStartTime": start, "backupJobInfo": job}
    print("created", database.put(session))


def report(database: Database) -> None:
    with database.transaction() as transaction:
        for time, message in (("08:00:01", "web01 begins"), ("08:16:24", "web01 is safe")):
            line = {"logTime": f"2026-11-23T{time}Z", "status": "Success", "message": message}
            transaction.append(1, "log", line)
        transaction.append(1, "protectedItems", {"name": "web01"})
        transaction.update({"id": 1, "backupJobInfo": {"protectedInstancesCount": 1}})


def finish(database: Database) -> None:
    database.update({"id": 1, "status": "Success", "executionStopTime": "2026-11-23T08:16:25Z"})


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_back(database: Database) -> None:
    print("session", text(database.get(1)))
    for name in ("log", "protectedItems"):
        for item in database.items(1, name):
            print(name, text(item))


def remove_another(database: Database) -> None:
    id = database.put({"type": "Retention", "status": "Running"})
    refused(database.remove, id)
    database.remove(id, unfinished=True)
    refused(database.put, {"id": id, "status": "Success"})


def give_up(database: Database) -> None:
    """An exception that leaves a transaction leaves nothing of it, and one's own put would wait for it."""
    try:
        with database.transaction() as transaction:
            transaction.put({"status": "Success"})
            refused(database.put, {"status": "Success"})
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        refused(database.get, 3)


def show(request: Optional[StopRequest]) -> None:
    print("asked by", request.user if request else "nobody")


def stop(database: Database) -> None:
    """A session with an id of the worker's own, who sees that it is to stop."""
    id = database.put({"id": "F81D4FAE-7DEC-4D0A-A765-00A0C91E6BF6", "type": "PolicyBackup", "status": "Running"})
    print("created", id)
    os.makedirs("stops", exist_ok=True)
    show(database.stop_requested("stops", id))
    database.ask_to_stop("stops", id, "operator")
    show(database.stop_requested("stops", id))
    show(database.stop_take("stops", id))
    show(database.stop_take("stops", id))
    print("session", text(database.get(id)))
    database.append(id, "log", {"message": "stopped"})
    database.update({"id": id, "status": "Canceled"})
    refused(database.ask_to_stop, "stops", id, "operator")


def misuse(database: Database) -> None:
    refused(database.get, "00000000-0000-4000-8000-000000000000")
    refused(database.get, "x")
    refused(database.update, {"id": 7, "status": "Success"})
    refused(database.put, {"status": "Ready"})
    refused(database.append, 1, "protectedItems", {})
    refused(Database, "db")


def list_of(database: Database, **conditions: Any) -> None:
    print(database.count(**conditions), "found")
    for session in database.sessions(**conditions):
        print("found", text(session))


def find(database: Database) -> None:
    list_of(database)
    list_of(database, filter="Zürich, nightly", status=["Success", "Failed"], limit=10)
    list_of(database, filter="a&b=+%")
    refused(lambda: database.sessions(sort="IdAsc"))
    refused(lambda: database.sessions(status=""))


def work_for_others(database: Database) -> None:
    """The first session is this process's, the second nobody's: sweep tells them apart when it has ended."""
    database.put({"type": "Retention", "status": "Running"})
    database.set_worker(None)
    database.put({"type": "Retention", "status": "Running"})
    refused(database.set_worker, 2147483647)


def main() -> None:
    print("version", version())
    with Database("db") as database:
        create(database)
        report(database)
        finish(database)
        read_back(database)
        remove_another(database)
        give_up(database)
        stop(database)
        misuse(database)
        find(database)
        work_for_others(database)


if __name__ == "__main__":
    main()
