#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Snapshots of restic as sessions, from its list of them or from the run that makes one.

    restic snapshots --json                | ./restic.py | ./changed.py -d DIR | jobsessions -d DIR put
    restic backup --json /srv 2>&1 | ./restic.py nightly | ./changed.py -d DIR | jobsessions -d DIR put

A snapshot is known by the id it had at first, as `restic tag` and `restic rewrite` give it another one; what is tagged and
then rewritten restic knows by that of the tagged one alone. A list knows when one began and, from restic 0.17 on, when it
ended; a run knows what could not be read, which makes it a Warning, and takes the name of its policy as an argument. It
tells that on standard error, also with --json: without 2>&1 each run is a Success. Take one of the two for a repository:
a list, which knows of no warning, would make a Success of it, and 0.14's run tells half an id. A run that makes no
snapshot has no id and makes no session: restic's exit status tells of it.
"""

import json
import sys
from datetime import datetime, timedelta, timezone

from sessions import id_of, utc, utc_of_text, write

COUNTS = (
    "files_new",
    "files_changed",
    "files_unmodified",
    "total_files_processed",
    "total_bytes_processed",
    "data_added",
    "data_added_packed",
)


def session_of(snapshot, policy, start, end, status, counts, first=None):
    write(
        {
            "id": id_of("restic", first or snapshot),
            "type": "PolicyBackup",
            "executionStartTime": start,
            "executionStopTime": end,
            "status": status,
            "backupJobInfo": {"policyName": policy} if policy else None,
            "restic": {
                "snapshot": snapshot,
                **{name: counts[name] for name in COUNTS if name in counts},
            },
        }
    )


def read_list(snapshots):
    there = {snapshot["id"] for snapshot in snapshots}
    for snapshot in snapshots:
        if snapshot.get("original") in there:  # rewritten, and kept beside what it was made of
            continue
        summary = snapshot.get("summary", {})
        start = summary.get("backup_start", snapshot["time"])
        end = summary.get("backup_end")
        policy = " ".join(snapshot.get("tags") or [snapshot["hostname"], *snapshot["paths"]])
        end = utc_of_text(end) if end else None
        first = snapshot.get("original")
        session_of(snapshot["id"], policy, utc_of_text(start), end, "Success", summary, first)


def read_run(lines, policy):
    errors = 0
    for message in map(json.loads, filter(lambda line: line.startswith("{"), lines)):  # some errors are plain text
        errors += message["message_type"] == "error"
        if message["message_type"] == "summary" and message.get("snapshot_id"):
            now = datetime.now(timezone.utc)  # before restic 0.17.1 a run tells how long it took, and not when
            start = utc(now - timedelta(seconds=message["total_duration"]))
            if "backup_start" in message:
                start = utc_of_text(message["backup_start"])
            end = utc_of_text(message["backup_end"]) if "backup_end" in message else utc(now)
            status = "Warning" if errors else "Success"
            session_of(message["snapshot_id"], policy, start, end, status, message)


text = sys.stdin.read()
if text.lstrip().startswith("["):
    read_list(json.loads(text))
else:
    read_run(text.split("\n"), sys.argv[1] if len(sys.argv) > 1 else None)
