// SPDX-License-Identifier: Apache-2.0
package jobsessions;

import static jobsessions.JobSessionsException.check;
import static jobsessions.NativeLibrary.LIBRARY;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;

/**
 * Many changes, one commit. What was not committed when it is closed is forgotten. After INVALID, REMOVED and NOT_FOUND
 * it goes on; after any other refusal nothing of it is kept. It is used and ended in the thread that began it, and no
 * other writer of the machine gets on meanwhile.
 */
public final class Transaction implements AutoCloseable {
    private final Database database;
    private final Thread thread = Thread.currentThread();
    private Pointer handle;

    Transaction(Database database, Pointer handle) {
        this.database = database;
        this.handle = handle;
    }

    /** As Database.put(). */
    public String put(String session) {
        byte[] json = Database.utf8(session);
        LongByReference id = new LongByReference();
        check(error -> LIBRARY.js_transaction_put(open(), json, Database.size(json.length), id, error));
        return textOf(id.getValue());
    }

    /** As Database.update(). */
    public String update(String session) {
        byte[] json = Database.utf8(session);
        LongByReference id = new LongByReference();
        check(error -> LIBRARY.js_transaction_update(open(), json, Database.size(json.length), id, error));
        return textOf(id.getValue());
    }

    /** As Database.append(). */
    public void append(String id, String list, String item) {
        byte[] json = Database.utf8(item);
        int kind = Database.kindOf(list);
        long number = numberOf(id);
        check(error -> LIBRARY.js_transaction_append(open(), number, kind, json, Database.size(json.length), error));
    }

    /** As Database.remove(). */
    public void remove(String id, boolean unfinished) {
        long number = numberOf(id);
        check(error -> LIBRARY.js_transaction_remove(open(), number, unfinished ? 1 : 0, error));
    }

    /** Makes it durable and visible, and ends it. Where that is refused nothing of it was kept. */
    public void commit() {
        Pointer ended = open();
        handle = null;
        try {
            check(error -> LIBRARY.js_transaction_commit(ended, error));
        } finally {
            database.leave();
        }
    }

    /** Forgets what was not committed. */
    @Override
    public void close() {
        if (handle != null) {
            Pointer ended = open();
            handle = null;
            LIBRARY.js_transaction_abort(ended);
            database.leave();
        }
    }

    private long numberOf(String id) {
        byte[] text = Database.utf8(id);
        LongByReference number = new LongByReference();
        check(error -> LIBRARY.js_transaction_find_id(open(), text, Database.size(text.length), number, error));
        return number.getValue();
    }

    private String textOf(long number) {
        try (Memory text = new Memory(Database.ID_TEXT)) {
            check(error -> LIBRARY.js_transaction_id_text(open(), number, text, error));
            return text.getString(0);
        }
    }

    private Pointer open() {
        if (Thread.currentThread() != thread) {
            throw Database.misuse("the transaction is another thread's, and is open still; end it in that one");
        }
        if (handle == null) {
            throw Database.misuse("the transaction has ended; begin another one");
        }
        return handle;
    }
}
