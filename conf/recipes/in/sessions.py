# SPDX-License-Identifier: Apache-2.0
"""What the recipes here have in common: ids, times, and sessions as lines of JSON."""

import json
import sys
import uuid
from datetime import datetime, timezone


def id_of(source, name):
    """The UUID of what a source knows by a name, the same each time (RFC 9562, version 5)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{source}:{name}"))


def utc(moment):
    """A time as it is stored. One without a zone is in that of this machine (TZ); a fraction has six digits at most."""
    text = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.rstrip("0").rstrip(".") + "Z"


def utc_of_text(text):
    """The same of ISO 8601, with a blank or a T, and with however many digits."""
    head, point, rest = text.replace("Z", "+00:00").partition(".")
    if not point:
        return utc(datetime.fromisoformat(head))
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return utc(datetime.fromisoformat(f"{head}.{rest[:digits][:6]:0<6}{rest[digits:]}"))


def utc_of_seconds(seconds):
    return utc(datetime.fromtimestamp(seconds, timezone.utc))


def write(session):
    """A line for `jobsessions put`; members that are None are left out."""
    known = {name: value for name, value in session.items() if value is not None}
    json.dump(known, sys.stdout, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.write("\n")
