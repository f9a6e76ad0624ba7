#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tasks of a Proxmox Backup Server as sessions.

    proxmox-backup-manager task list --all --output-format json |
        ./proxmox-backup.py | ./changed.py -d DIR | jobsessions -d DIR put

A task is known by its UPID. One that runs has no end yet; it gets one when it is read again.
"""

import json
import sys

from sessions import id_of, utc_of_seconds, write

TYPES = {
    "backup": "PolicyBackup",
    "prune": "BackupRetention",
    "prunejob": "BackupRetention",
    "verify": "HealthCheck",
    "verificationjob": "HealthCheck",
    "verify_group": "HealthCheck",
    "verify_snapshot": "HealthCheck",
    "reader": "FileLevelRestore",
}


def status_of(task):
    status = task.get("status")
    if status is None:
        return "Running"
    if status.startswith("WARNINGS"):
        return "Warning"
    return {"OK": "Success", "unknown": "Unknown"}.get(status, "Error")


# the list has the newest first; sessions are in the order in which they are made
for task in sorted(json.load(sys.stdin), key=lambda task: task["starttime"]):
    kind = task["worker_type"]
    end = task.get("endtime")
    write(
        {
            "id": id_of("proxmox-backup", task["upid"]),
            "type": TYPES.get(kind, "Proxmox:" + kind),
            "executionStartTime": utc_of_seconds(task["starttime"]),
            "executionStopTime": utc_of_seconds(end) if end is not None else None,
            "status": status_of(task),
            "backupJobInfo": {"policyName": task.get("worker_id") or kind},
            "proxmox": {
                "upid": task["upid"],
                "user": task["user"],
                "result": task.get("status", ""),
            },
        }
    )
