#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Archives of borg as sessions, from a list of them, from what is known of them, or from the run that makes one.

    borg list --json REPOSITORY               | ./borg.py | ./changed.py -d DIR | jobsessions -d DIR put
    borg info --json --last 10 REPOSITORY     | ./borg.py | ./changed.py -d DIR | jobsessions -d DIR put
    borg create --json REPOSITORY::ARCHIVE /srv | ./borg.py | ./changed.py -d DIR | jobsessions -d DIR put

An archive is known by its id, in all of them. A list has no ends. Times of borg 1 are in the zone of the machine: run
this with the same TZ.
"""

import json
import re
import sys

from sessions import id_of, utc_of_text, write

# what is usually put behind a name to tell one archive of it from the next
DATE = re.compile(r"[-_.:@]?\d{4}-\d\d-\d\d.*$")

document = json.load(sys.stdin)
for archive in document.get("archives") or [document["archive"]]:
    write(
        {
            "id": id_of("borg", archive["id"]),
            "type": "PolicyBackup",
            "executionStartTime": utc_of_text(archive["start"]),
            "executionStopTime": utc_of_text(archive["end"]) if "end" in archive else None,
            "status": "Success",
            "backupJobInfo": {"policyName": DATE.sub("", archive["name"]) or archive["name"]},
            "borg": {
                "archive": archive["name"],
                "repository": document["repository"]["location"],
                **archive.get("stats", {}),
            },
        }
    )
