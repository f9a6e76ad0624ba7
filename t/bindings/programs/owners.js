// SPDX-License-Identifier: Apache-2.0
// What transactions, signals and closing leave; ends with what does not hold.
'use strict';

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { Database, lists } = require('jobsessions');

const success = { status: 'Success' };
const refusedAs = (code) => (error) => error.code === code;

async function transactions(database) {
    const ids = await database.transaction((transaction) => {
        const session = transaction.put(success);
        transaction.append(session, 'log', { message: 'done' });
    });
    assert.deepStrictEqual(ids, ['1', '1']);
    assert.deepStrictEqual(await database.items(1, 'log'), [{ message: 'done' }]);
    await assert.rejects(database.transaction((transaction) => {
        transaction.put(success);
        transaction.put({ status: 'Ready' });
    }), refusedAs('JS_INVALID'));
    await assert.rejects(database.get(2), refusedAs('JS_NOT_FOUND'));
    await assert.rejects(database.transaction(async () => {}), refusedAs('JS_MISUSE'));
    let kept;
    await database.transaction((transaction) => { kept = transaction; });
    assert.throws(() => kept.put(success));
}

async function found(database) {
    for await (const session of database.sessions()) {
        assert.strictEqual(session.id, '201');
        break;
    }
    const ids = new Set();
    for await (const session of database.sessions({ status: 'Success', toUtc: new Date() })) {
        ids.add(session.id);
    }
    assert.strictEqual(ids.size, 0);
    for await (const session of database.sessions({ status: ['Failed', 'Success'] })) {
        ids.add(session.id);
    }
    assert.strictEqual(ids.size, 201);
    assert.strictEqual(await database.count({ limit: 7 }), 7);
    for (const value of [undefined, null, '', [], [null]]) {
        await assert.rejects(database.count({ filter: value }), refusedAs('JS_INVALID'));
    }
    const kept = database.sessions();
    await kept.next();
    return kept;
}

async function many(database) {
    const ids = await Promise.all(Array.from({ length: 200 }, () => database.put(success)));
    assert.strictEqual(new Set(ids).size, 200);
}

// Whoever waits for another process, or behind one who does, is let go by his signal.
async function signals(database) {
    await assert.rejects(database.put(success, { signal: AbortSignal.abort() }), refusedAs('JS_INTERRUPTED'));
    const holder = spawn(process.argv[2], ['owners'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const last = new AbortController();
    const waiting = database.put(success, { signal: last.signal });
    const patient = database.put(success);
    await assert.rejects(database.put(success, { signal: AbortSignal.timeout(30) }), refusedAs('JS_INTERRUPTED'));
    last.abort(new RangeError('enough'));
    await assert.rejects(waiting, (error) => refusedAs('JS_INTERRUPTED')(error) && error.cause instanceof RangeError);
    holder.stdin.end();
    assert.ok(await patient);
    await once(holder, 'exit');
}

async function limit(database) {
    const holder = spawn(process.argv[2], ['owners'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    database.setWaitLimit(20);
    await assert.rejects(database.put(success), refusedAs('JS_BUSY'));
    database.setWaitLimit(0);
    holder.stdin.end();
    await once(holder, 'exit');
}

async function whatIsNone(database) {
    for (const id of [-1, 1.5, 2 ** 60, '01', 'x', '1\0', 'f81d4fae-7dec-4d0a-a765-00a0c91e6bf6x', 2n ** 64n]) {
        await assert.rejects(database.get(id), refusedAs('JS_INVALID'), String(id));
    }
    assert.ok(lists.includes('log'));
    await assert.rejects(database.items(1, 'lug'), refusedAs('JS_INVALID'));
    await assert.rejects(database.put(() => {}), TypeError);
    await assert.rejects(database.put(''), refusedAs('JS_INVALID'));
}

async function closing(database) {
    const last = database.put(success);
    await database.close();
    assert.ok(await last);
    await assert.rejects(database.put(success), refusedAs('JS_MISUSE'));
    await database.close();
    await new Database('owners').close();
}

async function main() {
    const database = new Database('owners');
    let kept;
    for (const step of [transactions, many, found, signals, limit, whatIsNone, closing]) {
        kept = await step(database) ?? kept;
    }
    for (let handed = 1; handed < 100; handed++) {
        assert.ok((await kept.next()).value);
    }
    await assert.rejects(kept.next(), refusedAs('JS_MISUSE'));
}

main();
