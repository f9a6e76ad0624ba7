// SPDX-License-Identifier: Apache-2.0
package jobsessions;

import static jobsessions.NativeLibrary.LIBRARY;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.lang.ref.Cleaner;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;

/** The JSON of sessions that were found, for a stream. What the library has for them goes when the stream is closed, or
 * forgotten. */
final class FoundSessions extends Spliterators.AbstractSpliterator<String> {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Database database;
    private final Pointer sessions;
    private final Cleaner.Cleanable memory;
    private boolean isOver;

    FoundSessions(Database database, Pointer sessions) {
        super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
        this.database = database;
        this.sessions = sessions;
        this.memory = CLEANER.register(this, () -> LIBRARY.js_sessions_end(sessions));
    }

    @Override
    public synchronized boolean tryAdvance(Consumer<? super String> action) {
        String session = isOver ? null : next();
        isOver = session == null;
        if (isOver) {
            return false;
        }
        action.accept(session);
        return true;
    }

    /** Null: there are no more. */
    private String next() {
        PointerByReference json = new PointerByReference();
        PointerByReference length = new PointerByReference();
        database.enter();
        try {
            JobSessionsException.check(error -> LIBRARY.js_sessions_next(sessions, json, length, error));
            return Database.text(json.getValue(), Pointer.nativeValue(length.getValue()));
        } catch (JobSessionsException refused) {
            if (refused.result() == JobSessionsException.END) {
                return null;
            }
            throw refused;
        } finally {
            database.leave();
        }
    }

    synchronized void end() {
        isOver = true;
        memory.clean();
    }
}
