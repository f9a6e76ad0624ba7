# SPDX-License-Identifier: Apache-2.0
"""Write a backup appliance's job sessions into its database, and read them back.

    with jobsessions.Database("/var/lib/jobsessions") as database:
        id = database.put({"type": "PolicyBackup", "status": "Running"})
"""

from ._asyncio import AsyncDatabase
from ._database import Database, Item, Session, StopRequest, Transaction
from ._errors import Busy, Error, Finished, Interrupted, Invalid, Misuse, NotFound, Removed, Result, Running
from ._library import version

__all__ = [
    "AsyncDatabase", "Busy", "Database", "Error", "Finished", "Interrupted", "Invalid", "Item", "Misuse", "NotFound",
    "Removed", "Result", "Running", "Session", "StopRequest", "Transaction", "version",
]
