# SPDX-License-Identifier: Apache-2.0
"""The export of a fleet as one would write it in Python: FastAPI, psycopg, a server-side cursor.

A peer of the bench. usage: fleet.py PORT CONNINFO DRIVER, which is psycopg or psycopg2
"""

import importlib
import sys

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

ROWS = 1000  # of a chunk, which is what goes from the thread that reads to the loop that sends

SESSIONS = """
select appliance, coalesce(uuid::text, id::text), document::text from jobsessions.session
order by appliance_key desc, generation desc, id desc
"""

app = FastAPI()
driver = importlib.import_module(sys.argv[3])


def rendered(row, front):
    appliance, number, document = row
    url = f"{front}/{appliance}/{number}"
    return f'{document[:-1]},"_links":{{"self":{{"href":"{url}"}},"log":{{"href":"{url}/log"}}}}}}'


def render(front):
    connection = driver.connect(sys.argv[2])
    with connection.cursor() as count:
        count.execute("set transaction isolation level repeatable read, read only")
        count.execute("select count(*) from jobsessions.session")
        total = count.fetchone()[0]
    yield f'{{"offset":0,"limit":-1,"totalCount":{total},"results":['
    with connection.cursor("sessions") as sessions:
        sessions.execute(SESSIONS)
        separator = ""
        while rows := sessions.fetchmany(ROWS):
            yield separator + ",".join([rendered(row, front) for row in rows])
            separator = ","
    connection.close()
    yield f'],"_links":{{"self":{{"href":"{front}?offset=0&limit=-1&display=Full"}}}}}}'


@app.post("/api/v1/jobSessions/export")
def export(request: Request):
    front = f"http://{request.headers['host']}/api/v1/jobSessions"
    return StreamingResponse(render(front), media_type="application/json; charset=utf-8")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
