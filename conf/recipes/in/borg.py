#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Archives of borg as sessions, from a list of them, from what is known of them, or from the run that makes one.

    borg list --json REPOSITORY           | ./borg.py | ./changed.py -d DIR | jobsessions -d DIR put
    borg info --json --last 10 REPOSITORY | ./borg.py | ./changed.py -d DIR | jobsessions -d DIR put
    borg create --json REPOSITORY::ARCHIVE /srv >run.json
    ./borg.py $? <run.json                | ./changed.py -d DIR | jobsessions -d DIR put

An archive is known by its id, in all of them; `borg rename` and `borg recreate` give it another one, and so it becomes a
second session. A list has no ends. That a file could not be read only the exit status of `borg create` tells, the
argument here: 1, or 100 and more with BORG_EXIT_CODES=modern, makes a Warning. Take one of these for a repository: to
the others all that is there is a Success. A run that makes no archive prints nothing and makes no session. Times of borg
1 are in the zone of the machine: run this with the same TZ.
"""

import json
import re
import sys

from sessions import id_of, utc_of_text, write

# what is usually put behind a name to tell one archive of it from the next
DATE = re.compile(r"[-_.:@]?\d{4}-\d\d-\d\d.*$")

text = sys.stdin.read()
document = json.loads(text) if text.strip() else {"archives": []}
status = "Warning" if len(sys.argv) > 1 and sys.argv[1] != "0" else "Success"
for archive in document["archives"] if "archives" in document else [document["archive"]]:
    write(
        {
            "id": id_of("borg", archive["id"]),
            "type": "PolicyBackup",
            "executionStartTime": utc_of_text(archive["start"]),
            "executionStopTime": utc_of_text(archive["end"]) if "end" in archive else None,
            "status": status,
            "backupJobInfo": {"policyName": DATE.sub("", archive["name"]) or archive["name"]},
            "borg": {
                "archive": archive["name"],
                "repository": document["repository"]["location"],
                **archive.get("stats", {}),
            },
        }
    )
