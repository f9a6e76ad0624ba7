// SPDX-License-Identifier: Apache-2.0
'use strict';

const addon = require('./build/jobsessions.node');

// The names of the library's results, JS_OK first.
const RESULTS = [
    'OK', 'END', 'NOT_FOUND', 'INVALID', 'CONFLICT', 'NO_DATABASE', 'FORBIDDEN', 'FOREIGN', 'NEWER', 'FULL', 'BUSY',
    'DAMAGED', 'SYSTEM', 'REMOVED', 'RUNNING', 'AHEAD', 'REPLACED', 'MISUSE', 'INTERRUPTED', 'FINISHED',
];
const [PUT, UPDATE, APPEND, REMOVE] = [0, 1, 2, 3];
const [REMOVE_FINISHED, REMOVE_ANY] = [0, 1];

// The library waits with a limit, so that a wait for another process can be interrupted: 24 days.
const LONGEST_WAIT = 2 ** 31 - 1;
// How often a wait is interrupted again, as it may just begin: milliseconds.
const INTERVAL = 10;

/** What the library has refused. `code` is its result, such as 'JS_NOT_FOUND', `result` the number of that, `member` the
 * dotted path of the member that was refused, or ''. */
class JobSessionsError extends Error {
    constructor({ result, member = '', message }, options) {
        super(message, options);
        this.name = 'JobSessionsError';
        this.result = result;
        this.code = `JS_${RESULTS[result] ?? result}`;
        this.member = member;
    }
}

function refusal(name, message, member) {
    return new JobSessionsError({ result: RESULTS.indexOf(name), message, member });
}

/** A session that an earlier call of the same transaction will create. */
class Created {
    constructor(place) {
        this.place = place;
    }
}

function idText(id) {
    const text = String(id);
    if (typeof id === 'number' && !Number.isSafeInteger(id)) {
        throw refusal('INVALID', `${text} is no id, or more than a number can hold: give it as text`, 'id');
    }
    if (text.includes('\0')) {
        throw refusal('INVALID', `"${text.replaceAll('\0', '\\0')}" is no id`);
    }
    return text;
}

// Text is JSON already. An id that is a number becomes text, as sessions have it.
function encode(value) {
    if (typeof value === 'string') {
        return value;
    }
    const hasNumber = typeof value?.id === 'number' || typeof value?.id === 'bigint';
    const json = JSON.stringify(hasNumber ? { ...value, id: idText(value.id) } : value);
    if (json === undefined) {
        throw new TypeError(`${typeof value} has no form in JSON`);
    }
    return json;
}

// What is not known must not list everything.
function queryOf(conditions) {
    const query = new URLSearchParams();
    for (const [name, given] of Object.entries(conditions)) {
        for (const value of Array.isArray(given) && given.length > 0 ? given : [given]) {
            if (value === undefined || value === null) {
                throw refusal('INVALID', `${name}: is ${value}; leave it out where any will do`, name);
            }
            query.append(name, value instanceof Date ? value.toISOString() : value);
        }
    }
    return query.toString();
}

function kindOf(list) {
    const kind = addon.lists.indexOf(list);
    if (kind < 0) {
        throw refusal('INVALID', `there is no list "${list}"; there are ${addon.lists.join(', ')}`);
    }
    return kind;
}

/** What is to become one transaction. Its calls note a change each; they are made when the function they are in has
 * returned. */
class Transaction {
    #changes = [];

    /** As Database.put(). @returns {Created} the session, for append() and remove() of this transaction */
    put(session) {
        return new Created(this.#changes.push([PUT, '0', -1, 0, encode(session)]) - 1);
    }

    /** As Database.update() */
    update(session) {
        this.#changes.push([UPDATE, '0', -1, 0, encode(session)]);
    }

    /** As Database.append() */
    append(id, list, item) {
        this.#changes.push([APPEND, ...Transaction.#session(id), kindOf(list), encode(item)]);
    }

    /** As Database.remove() */
    remove(id, { unfinished = false } = {}) {
        this.#changes.push([REMOVE, ...Transaction.#session(id), unfinished ? REMOVE_ANY : REMOVE_FINISHED, '']);
    }

    /** The changes; nothing can be added to them any more. */
    seal() {
        const changes = this.#changes;
        this.#changes = Object.freeze([...changes]);
        return changes;
    }

    static #session(id) {
        return id instanceof Created ? ['0', id.place] : [idText(id), -1];
    }
}

/** An open database. Open a directory once in a process, worker threads included. */
class Database {
    #handle;
    #writes = Promise.resolve();
    #reads = new Set();

    /**
     * @param {string} directory  it and the database are made where they are missing, unless readOnly
     * @param {{readOnly?: boolean, mapSize?: number}} options  mapSize: the largest it can grow to, in bytes
     */
    constructor(directory, { readOnly = false, mapSize = 0 } = {}) {
        try {
            this.#handle = addon.open(directory, readOnly, mapSize);
        } catch (refused) {
            throw new JobSessionsError(refused);
        }
        addon.setWaitLimit(this.#handle, LONGEST_WAIT);
    }

    /** Close it when what is under way has ended. */
    async close() {
        const handle = this.#handle;
        this.#handle = undefined;
        await Promise.allSettled([this.#writes, ...this.#reads]);
        if (handle) {
            addon.close(handle);
        }
    }

    /** Limit how long writes wait for other processes, in milliseconds: JS_BUSY then. 0: no limit, as at first. */
    setWaitLimit(milliseconds) {
        addon.setWaitLimit(this.#open(), Math.min(Math.ceil(milliseconds), LONGEST_WAIT) || LONGEST_WAIT);
    }

    /**
     * Say who writes from now on, when what was begun before has been written.
     * @param {number} process  0: nobody, which a program that ends after each change has to say, as `jobsessions sweep`
     *     would take its end for its worker's death; or the process that lives as long as the session runs, at first
     *     process.pid. JS_NOT_FOUND: there is no such process, and nobody is noted
     */
    async setWorker(process) {
        const handle = this.#open();
        await this.#inTurn(() => addon.setWorker(handle, process));
    }

    /** Create a session, or change the one whose `id` it has. @returns {Promise<string>} the id */
    async put(session, { signal } = {}) {
        return (await this.#write([[PUT, '0', -1, 0, encode(session)]], signal))[0];
    }

    /** Change the session whose `id` it has; where there is none, JS_NOT_FOUND. @returns {Promise<string>} the id */
    async update(session, { signal } = {}) {
        return (await this.#write([[UPDATE, '0', -1, 0, encode(session)]], signal))[0];
    }

    /** Append a line to a session's 'log', or an item to its 'protectedItems' or another of its lists. */
    async append(id, list, item, { signal } = {}) {
        await this.#write([[APPEND, idText(id), -1, kindOf(list), encode(item)]], signal);
    }

    /** Remove a session with its log and items; one that is not finished only if asked for, else JS_RUNNING. */
    async remove(id, { unfinished = false, signal } = {}) {
        await this.#write([[REMOVE, idText(id), -1, unfinished ? REMOVE_ANY : REMOVE_FINISHED, '']], signal);
    }

    /**
     * Many changes, one commit: all of them are made, or, where one is refused, none.
     * @param {(transaction: Transaction) => void} work  notes the changes; it cannot wait for anything
     * @returns {Promise<string[]>} the id of the session of each change
     */
    async transaction(work, { signal } = {}) {
        const transaction = new Transaction();
        if (work(transaction)?.then) {
            throw refusal('MISUSE', 'what a transaction does cannot wait for a promise');
        }
        return this.#write(transaction.seal(), signal);
    }

    /** Ask a session's worker to stop it, by a file in the directory of requests. JS_FINISHED, JS_NOT_FOUND. */
    async askToStop(directory, id, user = '') {
        await this.#read(addon.stopAsk(this.#open(), idText(id), directory, user));
    }

    /** Who asks that a session be stopped, and when. @returns {Promise<{user: string, time: string} | undefined>} nothing:
     * nobody does */
    async stopRequested(directory, id) {
        return requestOf(await this.#read(addon.stopRequested(this.#open(), idText(id), directory)));
    }

    /** The same, and take up what is asked: the session is Canceling, and its log says who asked. The worker writes Canceled
     * once it has stopped. */
    async stopTake(directory, id, { signal } = {}) {
        const handle = this.#open();
        return requestOf(await this.#inTurn(() => addon.stopTake(handle, idText(id), directory), signal));
    }

    /** A session as it is stored now, or JS_NOT_FOUND. */
    async get(id) {
        return JSON.parse(await this.#read(addon.get(this.#open(), idText(id))));
    }

    /** What is in one of a session's lists, in the order it came, or JS_NOT_FOUND. */
    async items(id, list) {
        return JSON.parse(await this.#read(addon.items(this.#open(), idText(id), kindOf(list))));
    }

    /**
     * Sessions, newest first: `for await (const session of database.sessions({ status: ['Running', 'Warning'] }))`. They are
     * read as one goes on, and no snapshot is held meanwhile.
     * @param {object} conditions  all of which must hold: status and types, one or several; policyId; filter, a policy's
     *     name in which * stands for any text; fromUtc and toUtc, of start times, both included; resourceId; limit. Any other
     *     is refused, as is one that is undefined, null or empty: JS_INVALID
     */
    async *sessions(conditions = {}) {
        const found = addon.sessions(queryOf(conditions));
        for (;;) {
            const some = JSON.parse(await this.#read(addon.nextSessions(this.#open(), found)));
            if (some.length === 0) {
                return;
            }
            yield* some;
        }
    }

    /** How many there are. @returns {Promise<number>} */
    async count(conditions = {}) {
        return Number(await this.#read(addon.countSessions(this.#open(), queryOf(conditions))));
    }

    #open() {
        if (!this.#handle) {
            throw refusal('MISUSE', 'the database was closed');
        }
        return this.#handle;
    }

    async #read(promise) {
        this.#reads.add(promise);
        try {
            return await promise;
        } catch (refused) {
            throw new JobSessionsError(refused);
        } finally {
            this.#reads.delete(promise);
        }
    }

    // One after the other: who waits for the library's lock has a thread of libuv's pool, which has few.
    #write(changes, signal) {
        const handle = this.#open();
        return this.#inTurn(() => addon.change(handle, changes), signal);
    }

    #inTurn(call, signal) {
        const before = this.#writes;
        const outcome = inTurn(this.#open(), call, signal, before);
        this.#writes = Promise.allSettled([before, outcome]);
        return outcome;
    }
}

function requestOf(text) {
    const blank = text.indexOf(' ');
    return blank < 0 ? undefined : { time: text.slice(0, blank), user: text.slice(blank + 1) };
}

function interrupted(signal) {
    const refused = { result: RESULTS.indexOf('INTERRUPTED'), message: 'the wait was ended; nothing was written' };
    return new JobSessionsError(refused, { cause: signal.reason });
}

// When what is before it has ended; a signal ends the wait.
async function turnOf(before, signal) {
    let listener;
    const aborted = new Promise((resolve) => {
        listener = resolve;
        signal?.addEventListener('abort', resolve, { once: true });
    });
    await (signal?.aborted ? undefined : Promise.race([before, aborted]));
    signal?.removeEventListener('abort', listener);
    if (signal?.aborted) {
        throw interrupted(signal);
    }
}

async function inTurn(handle, call, signal, before) {
    await turnOf(before, signal);
    let timer;
    const interrupt = () => {
        addon.interrupt(handle);
        timer = setTimeout(interrupt, INTERVAL);
    };
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
        return await call();
    } catch (refused) {
        throw new JobSessionsError(refused, signal?.aborted ? { cause: signal.reason } : undefined);
    } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', interrupt);
    }
}

module.exports = { Created, Database, JobSessionsError, Transaction, lists: addon.lists, version: addon.version };
