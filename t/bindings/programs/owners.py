# SPDX-License-Identifier: Apache-2.0
"""What the package's objects own: through threads, forks, exceptions, and tasks that are cancelled."""

import asyncio
import contextlib
import datetime
import inspect
import os
import subprocess
import sys
import threading
import time
import unittest

import jobsessions

SUCCESS = {"status": "Success"}

# Another process that has its turn until it gets a line.
WRITER = """
import sys, jobsessions
with jobsessions.Database("owners") as database, database.transaction():
    print(flush=True)
    sys.stdin.readline()
"""


@contextlib.contextmanager
def another_writer():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", WRITER], **pipes) as process:
        process.stdout.readline()
        yield process
        process.stdin.close()


class Threads(unittest.TestCase):
    def setUp(self):
        self.database = jobsessions.Database("owners")
        self.addCleanup(self.database.close)

    def elsewhere(self, call, *arguments):
        """What a call raises in another thread."""
        raised = []

        def run():
            try:
                call(*arguments)
            except jobsessions.Error as error:
                raised.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return raised[0] if raised else None

    def test_a_transaction_stays_with_its_thread(self):
        transaction = self.database.transaction()
        with transaction:
            self.assertIsInstance(self.elsewhere(transaction.put, SUCCESS), jobsessions.Misuse)
            self.assertIsInstance(self.elsewhere(transaction.__exit__, None, None, None), jobsessions.Misuse)
            id = transaction.put(SUCCESS)
        self.assertEqual(self.database.get(id)["status"], "Success")
        with self.assertRaises(jobsessions.Misuse):
            transaction.put(SUCCESS)

    def test_a_wait_has_a_limit(self):
        with another_writer():
            self.database.set_wait_limit(0.05)
            with self.assertRaisesRegex(jobsessions.Busy, "process"):
                self.database.put(SUCCESS)

    def test_what_is_in_use_is_not_closed(self):
        with self.database.transaction() as transaction:
            with self.assertRaises(jobsessions.Misuse):
                self.database.close()
            transaction.put(SUCCESS)
        self.database.close()
        self.database.close()
        with self.assertRaises(jobsessions.Misuse):
            self.database.put(SUCCESS)

    def test_a_child_has_no_part_in_it(self):
        child = os.fork()
        if child == 0:
            try:
                self.database.put(SUCCESS)
            except jobsessions.Misuse:
                os._exit(0)
            os._exit(1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_what_is_no_json(self):
        for session in ({"status": object()}, {"status": "Success", "x": float("nan")}):
            with self.assertRaises((TypeError, ValueError)):
                self.database.put(session)
        naive = {**SUCCESS, "executionStartTime": datetime.datetime(2026, 11, 23)}
        with self.assertRaisesRegex(jobsessions.Invalid, "time zone"):
            self.database.put(naive)
        for call in (lambda: self.database.get(-1), lambda: self.database.items(1, "lug")):
            with self.assertRaises(jobsessions.Invalid):
                call()


class Found(unittest.TestCase):
    def setUp(self):
        self.database = jobsessions.Database("found")
        self.addCleanup(self.database.close)
        with self.database.transaction() as transaction:
            for _ in range(150):
                transaction.put({"status": "Success", "executionStartTime": "2026-11-23T08:00:00Z"})

    def test_who_writes_on_the_way_meets_each_once(self):
        seen = []
        for session in self.database.sessions(fromUtc=datetime.date(2026, 11, 23), status=("Failed", "Success"), limit=150):
            seen.append(session["id"])
            self.database.update({"id": session["id"], "status": "Failed"})
        self.assertEqual(len(set(seen)), 150)
        self.assertEqual(len(seen), 150)
        self.assertGreaterEqual(self.database.count(status="Failed"), 150)

    def test_a_time_has_its_zone(self):
        zone = datetime.timezone(datetime.timedelta(hours=2))
        self.assertEqual(self.database.count(toUtc=datetime.datetime(2026, 11, 23, 9, 59, tzinfo=zone)), 0)
        self.assertGreaterEqual(self.database.count(toUtc=datetime.datetime(2026, 11, 23, 10, tzinfo=zone)), 150)

    def test_what_is_not_known_does_not_list_everything(self):
        for value in (None, "", []):
            with self.assertRaises(jobsessions.Invalid) as refused:
                self.database.sessions(filter=value)
            self.assertEqual(refused.exception.member, "filter")

    def test_a_walk_ends_with_its_database(self):
        sessions = self.database.sessions()
        self.assertIn("id", next(sessions))
        self.database.close()
        with self.assertRaises(jobsessions.Misuse):
            next(sessions)


class Tasks(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.database = await jobsessions.AsyncDatabase("owners").__aenter__()

    async def asyncTearDown(self):
        await self.database.__aexit__(None, None, None)

    async def test_a_transaction_is_a_function(self):
        threads = set()

        def work(transaction):
            threads.add(threading.get_ident())
            id = transaction.put(SUCCESS)
            transaction.append(id, "log", {"message": "done"})
            return id

        ids = await asyncio.gather(*(self.database.transaction(work) for _ in range(20)))
        self.assertEqual(len(set(ids)), 20)
        self.assertEqual(len(threads), 1)
        self.assertNotIn(threading.get_ident(), threads)
        self.assertEqual(await self.database.items(ids[0], "log"), [{"message": "done"}])

    async def test_one_that_raises_leaves_nothing(self):
        made = []

        def work(transaction):
            made.append(transaction.put(SUCCESS))
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            await self.database.transaction(work)
        with self.assertRaises(jobsessions.NotFound):
            await self.database.get(made[0])

    async def test_one_that_is_cancelled_does_not_wait_on(self):
        with another_writer():
            before = time.monotonic()
            writes = [asyncio.create_task(self.database.put(SUCCESS)) for _ in range(3)]
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(writes[0], 0.1)
            writes[1].cancel()
            with self.assertRaises(asyncio.CancelledError):
                await writes[1]
            self.assertLess(time.monotonic() - before, 10)
            self.assertFalse(writes[2].done())
        self.assertGreater(int(await writes[2]), 0)


    async def test_sessions_are_found(self):
        async with jobsessions.AsyncDatabase("found-by-tasks") as database:
            await database.set_worker(None)
            ids = [await database.transaction(lambda transaction: transaction.put(SUCCESS)) for _ in range(3)]
            count = await database.count(status="Success")
            found = [session["id"] async for session in database.sessions(status="Success")]
            self.assertEqual(len(found), count)
            self.assertEqual(found[:3], ids[::-1])
            with self.assertRaises(jobsessions.Invalid):
                await database.sessions(status="Ready").__anext__()


class Package(unittest.TestCase):
    def test_all_that_is_public_has_types(self):
        for name in jobsessions.__all__:
            for part, value in inspect.getmembers(getattr(jobsessions, name), inspect.isfunction):
                if not part.startswith("_"):
                    signature = inspect.signature(value)
                    self.assertIsNot(signature.return_annotation, inspect.Signature.empty, f"{name}.{part}")


if __name__ == "__main__":
    unittest.main()
