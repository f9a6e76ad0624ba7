#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Of lines for `jobsessions put`, those that would change something.

    ... | ./changed.py -d DIR | jobsessions -d DIR put

Who puts a session as it is already makes a change of it all the same, of which those who follow are told: this
leaves such lines out, so that a list can be read again and again.
"""

import argparse
import json
import subprocess
import sys

AT_A_TIME = 500


def merge(stored, patch):
    """RFC 7396, as put does it."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(stored) if isinstance(stored, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def stored_sessions(options, ids):
    command = [options.tool, "-d", options.database, "get", *ids]
    # it tells of each that is not there yet, which is no fault here
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if run.returncode > 1 and "there is no database" not in run.stderr:
        sys.exit(run.stderr.strip())
    lines = filter(None, run.stdout.split("\n"))  # splitlines() cuts texts at U+2028 and others, too
    return {session["id"]: session for session in map(json.loads, lines)}


def main():
    parser = argparse.ArgumentParser(description="Pass those lines on that would change something.")
    parser.add_argument("-d", "--database", required=True)
    parser.add_argument("--tool", default="jobsessions")
    options = parser.parse_args()
    lines = [line for line in sys.stdin if line.strip()]
    for first in range(0, len(lines), AT_A_TIME):
        part = [(line, json.loads(line)) for line in lines[first : first + AT_A_TIME]]
        stored = stored_sessions(options, [session["id"] for _, session in part])
        for line, session in part:
            before = stored.get(session["id"])
            if before is None or merge(before, session) != before:
                sys.stdout.write(line)


main()
