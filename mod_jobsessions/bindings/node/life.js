// SPDX-License-Identifier: Apache-2.0
// A session's life from start to finish, and what is refused on the way, in the database ./db.
'use strict';

const { mkdirSync } = require('node:fs');
const { Database, JobSessionsError, version } = require('jobsessions');

// Make a call that is to be refused, and say why it was.
async function refused(call) {
    try {
        await call();
        console.log('taken');
    } catch (error) {
        if (!(error instanceof JobSessionsError)) {
            throw error;
        }
        console.log(`refused ${error.result} ${error.member}: ${error.message}`);
    }
}

async function create(database) {
    const id = await database.put({
        type: 'PolicyBackup',
        status: 'Running',
        executionStartTime: new Date(Date.UTC(2026, 10, 23, 8)),
        backupJobInfo: {
            policyId: '5b1f0c52-6c0e-4f0a-9d57-1f6c3b7a2e40',
            policyName: 'Zürich, nightly',
            protectedInstancesCount: 0,
            policyRemoved: false,
        },
    });
    console.log('created', id);
}

function report(database) {
    return database.transaction((transaction) => {
        transaction.append(1, 'log', { logTime: '2026-11-23T08:00:01Z', status: 'Success', message: 'web01 begins' });
        transaction.append(1, 'log', { logTime: '2026-11-23T08:16:24Z', status: 'Success', message: 'web01 is safe' });
        transaction.append(1, 'protectedItems', { name: 'web01' });
        transaction.update({ id: 1, backupJobInfo: { protectedInstancesCount: 1 } });
    });
}

function finish(database) {
    return database.update({ id: 1, status: 'Success', executionStopTime: '2026-11-23T08:16:25Z' });
}

async function readBack(database) {
    console.log('session', JSON.stringify(await database.get(1)));
    for (const list of ['log', 'protectedItems']) {
        for (const item of await database.items(1, list)) {
            console.log(list, JSON.stringify(item));
        }
    }
}

async function removeAnother(database) {
    const id = await database.put({ type: 'Retention', status: 'Running' });
    await refused(() => database.remove(id));
    await database.remove(id, { unfinished: true });
    await refused(() => database.put({ id, status: 'Success' }));
}

// An error leaves nothing of a transaction.
async function giveUp(database) {
    try {
        await database.transaction((transaction) => {
            transaction.put({ status: 'Success' });
            throw new RangeError('enough');
        });
    } catch {
        await refused(() => database.get(3));
    }
}

function show(request) {
    console.log('asked by', request?.user ?? 'nobody');
}

// A session with an id of the worker's own, who sees that it is to stop.
async function stop(database) {
    const running = { id: 'F81D4FAE-7DEC-4D0A-A765-00A0C91E6BF6', type: 'PolicyBackup', status: 'Running' };
    const id = await database.put(running);
    console.log('created', id);
    mkdirSync('stops', { recursive: true });
    show(await database.stopRequested('stops', id));
    await database.askToStop('stops', id, 'operator');
    show(await database.stopRequested('stops', id));
    show(await database.stopTake('stops', id));
    show(await database.stopTake('stops', id));
    console.log('session', JSON.stringify(await database.get(id)));
    await database.append(id, 'log', { message: 'stopped' });
    await database.update({ id, status: 'Canceled' });
    await refused(() => database.askToStop('stops', id, 'operator'));
}

async function misuse(database) {
    await refused(() => database.get('00000000-0000-4000-8000-000000000000'));
    await refused(() => database.get('x'));
    await refused(() => database.update({ id: 7, status: 'Success' }));
    await refused(() => database.put({ status: 'Ready' }));
    await refused(() => database.append(1, 'protectedItems', {}));
    await refused(() => new Database('db'));
}

async function list(database, conditions) {
    console.log(await database.count(conditions), 'found');
    for await (const session of database.sessions(conditions)) {
        console.log('found', JSON.stringify(session));
    }
}

async function find(database) {
    await list(database);
    await list(database, { filter: 'Zürich, nightly', status: ['Success', 'Failed'], limit: 10 });
    await list(database, { filter: 'a&b=+%' });
    await refused(() => database.sessions({ sort: 'IdAsc' }).next());
    await refused(() => database.sessions({ status: '' }).next());
}

// The first session is this process's, the second nobody's: sweep tells them apart when it has ended.
async function workForOthers(database) {
    await database.put({ type: 'Retention', status: 'Running' });
    await database.setWorker(0);
    await database.put({ type: 'Retention', status: 'Running' });
    await refused(() => database.setWorker(2147483647));
}

async function main() {
    console.log('version', version);
    const database = new Database('db');
    for (const step of [create, report, finish, readBack, removeAnother, giveUp, stop, misuse, find, workForOthers]) {
        await step(database);
    }
    await database.close();
}

main();
