# SPDX-License-Identifier: Apache-2.0
"""The export as one would write it in Python: FastAPI, py-lmdb, the standard json.

A peer of the bench. usage: server.py PORT DATABASE
"""

import json
import struct
import sys

import lmdb
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

RECORD_HEADER = 80  # bytes of a record in front of its JSON

app = FastAPI()
# The bench lays the database still, so no lock is needed to read it.
env = lmdb.open(sys.argv[2], readonly=True, lock=False, max_dbs=16)
sessions = env.open_db(b"sessions", create=False)


@app.post("/api/v1/jobSessions/export")
def export(request: Request):
    front = f"http://{request.headers['host']}/api/v1/jobSessions"
    results = []
    with env.begin(db=sessions, buffers=True) as transaction:
        for key, value in transaction.cursor().iterprev():
            session = json.loads(bytes(value[RECORD_HEADER:]))
            url = f"{front}/{struct.unpack('>Q', key)[0]}"
            session["_links"] = {"self": {"href": url}, "log": {"href": f"{url}/log"}}
            results.append(session)
    return JSONResponse(
        {
            "offset": 0,
            "limit": -1,
            "totalCount": len(results),
            "results": results,
            "_links": {"self": {"href": f"{front}?offset=0&limit=-1&display=Full"}},
        },
        media_type="application/json; charset=utf-8",
    )


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
