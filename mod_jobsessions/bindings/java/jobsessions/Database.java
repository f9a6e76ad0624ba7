// SPDX-License-Identifier: Apache-2.0
package jobsessions;

import static jobsessions.JobSessionsException.check;
import static jobsessions.NativeLibrary.LIBRARY;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * An open database of job sessions, which threads share. Open a directory once in a process.
 *
 * <pre>
 * try (Database database = new Database("/var/lib/jobsessions")) {
 *     String id = database.put("{\"type\":\"PolicyBackup\",\"status\":\"Running\"}");
 *     try (Transaction transaction = database.begin()) {
 *         transaction.append(id, "log", "{\"message\":\"web01 is safe\"}");
 *         transaction.update("{\"id\":\"" + id + "\",\"status\":\"Success\"}");
 *         transaction.commit();
 *     }
 * }
 * </pre>
 *
 * <p>When put() has returned, the session is on disk. Sessions and items are JSON; ids are text, as sessions have
 * them: a number, or the UUID that one was created under. What is refused is thrown as a JobSessionsException.
 */
public final class Database implements AutoCloseable {
    private static final int WRITE = 1;
    private static final int SESSION_MAX = 1024 * 1024;
    private static final long NO_LIMIT = -1;
    static final int ID_TEXT = 37;
    private static final int STOP_USER_MAX = 256;
    private static final int STOP_REQUEST = STOP_USER_MAX + 40;

    private Pointer handle;
    private int users;

    /** Opens the database in a directory, and makes both where they are missing. */
    public Database(String directory) {
        this(directory, 0);
    }

    /**
     * @param mapSize the largest it can grow to, in bytes; 0: 64 GiB
     */
    public Database(String directory, long mapSize) {
        PointerByReference opened = new PointerByReference();
        NativeLibrary.Options options = new NativeLibrary.Options();
        options.mapSize = new NativeLong(mapSize);
        check(error -> LIBRARY.js_open(directory, WRITE, options, opened, error));
        handle = opened.getValue();
    }

    /** The version of the library that the program runs with. */
    public static String version() {
        return LIBRARY.js_version();
    }

    /** Closes it, once. While a call or a transaction is under way that is a misuse, and it stays open. */
    @Override
    public synchronized void close() {
        if (users > 0) {
            throw misuse("the database is in use: end its transactions and calls first");
        }
        LIBRARY.js_close(handle);
        handle = null;
    }

    /** Limits how long writes wait for other writers: BUSY then. Duration.ZERO: no limit, as at first. */
    public void setWaitLimit(Duration limit) {
        use(database -> LIBRARY.js_set_wait_limit(database, (int) Math.min(limit.toMillis(), Integer.MAX_VALUE)));
    }

    /** Ends the waits for other writers that are under way: INTERRUPTED. Where another process may be waited for, set a
     * limit, a long one will do. */
    public void interrupt() {
        use(LIBRARY::js_interrupt);
    }

    /**
     * Says who writes from now on, before other threads write.
     *
     * @param process 0: nobody, which a program that ends after each change has to say, as `jobsessions sweep` would take
     *     its end for its worker's death; or the process that lives as long as the session runs, at first this one
     *     (ProcessHandle.current().pid()). NOT_FOUND: there is no such process, and nobody is noted
     */
    public void setWorker(long process) {
        call((database, error) -> LIBRARY.js_set_worker(database, new NativeLong(process), error));
    }

    /** Creates a session, or changes the one whose id it has, and returns the id. */
    public String put(String session) {
        byte[] json = utf8(session);
        LongByReference id = new LongByReference();
        call((database, error) -> LIBRARY.js_put(database, json, size(json.length), id, error));
        return textOf(id.getValue());
    }

    /** Changes the session whose id it has; where there is none, NOT_FOUND. */
    public String update(String session) {
        byte[] json = utf8(session);
        LongByReference id = new LongByReference();
        call((database, error) -> LIBRARY.js_update(database, json, size(json.length), id, error));
        return textOf(id.getValue());
    }

    /** Appends a line to a session's "log", or an item to its "protectedItems" or another of its lists. */
    public void append(String id, String list, String item) {
        byte[] json = utf8(item);
        int kind = kindOf(list);
        long number = numberOf(id);
        call((database, error) -> LIBRARY.js_append(database, number, kind, json, size(json.length), error));
    }

    /** Removes a session with its log and items; one that is not finished only if asked for, else RUNNING. */
    public void remove(String id, boolean unfinished) {
        long number = numberOf(id);
        call((database, error) -> LIBRARY.js_remove(database, number, unfinished ? 1 : 0, error));
    }

    /** Asks a session's worker to stop it, by a file in the directory of requests. FINISHED, NOT_FOUND. */
    public void askToStop(String directory, String id, String user) {
        long number = numberOf(id);
        call((database, error) -> LIBRARY.js_stop_ask(database, directory, number, user, error));
    }

    /** Who asks that a session be stopped; empty: nobody does. */
    public Optional<StopRequest> stopRequested(String directory, String id) {
        return look(LIBRARY::js_stop_requested, directory, id);
    }

    /** The same, and takes up what is asked: the session is Canceling, and its log says who asked. */
    public Optional<StopRequest> stopTake(String directory, String id) {
        return look(LIBRARY::js_stop_take, directory, id);
    }

    /** A session as it is stored now, or NOT_FOUND. */
    public String get(String id) {
        long number = numberOf(id);
        PointerByReference length = new PointerByReference();
        try (Memory json = new Memory(SESSION_MAX + 1)) {
            NativeLong room = size(json.size());
            call((database, error) -> LIBRARY.js_get(database, number, json, room, length, error));
            return text(json, Pointer.nativeValue(length.getValue()));
        }
    }

    /** What is in one of a session's lists, in the order it came, or NOT_FOUND. */
    public List<String> items(String id, String list) {
        int kind = kindOf(list);
        long number = numberOf(id);
        PointerByReference begun = new PointerByReference();
        Pointer database = enter();
        try {
            check(error -> LIBRARY.js_snapshot_begin(database, begun, error));
            try {
                return itemsOf(begun.getValue(), number, kind);
            } finally {
                LIBRARY.js_snapshot_end(begun.getValue());
            }
        } finally {
            leave();
        }
    }

    /**
     * Finds sessions, newest first, and reads them as the stream goes on; no snapshot is held meanwhile. Close it, and use
     * it before the database is closed.
     *
     * @param conditions such as Map.of("status", "Running,Warning", "limit", "10"), as js_sessions_begin() has them: status,
     *     types, policyId, filter, fromUtc, toUtc, resourceId and limit. All of them must hold; none: all sessions.
     *     INVALID: one was refused, or is empty
     */
    public Stream<String> sessions(Map<String, String> conditions) {
        PointerByReference begun = new PointerByReference();
        byte[] query = queryOf(conditions);
        call((database, error) -> LIBRARY.js_sessions_begin(database, query, begun, error));
        FoundSessions found = new FoundSessions(this, begun.getValue());
        return StreamSupport.stream(found, false).onClose(found::end);
    }

    /** Counts them. */
    public long count(Map<String, String> conditions) {
        LongByReference count = new LongByReference();
        byte[] query = queryOf(conditions);
        call((database, error) -> LIBRARY.js_sessions_count(database, query, count, error));
        return count.getValue();
    }

    /**
     * Begins a transaction: many changes, one commit. Waits for other writers. It stays in this thread, which has to be
     * one of the system's (a virtual thread is refused when it has moved).
     */
    public Transaction begin() {
        PointerByReference begun = new PointerByReference();
        Pointer database = enter();
        try {
            check(error -> LIBRARY.js_transaction_begin(database, begun, error));
        } catch (RuntimeException refused) {
            leave();
            throw refused;
        }
        return new Transaction(this, begun.getValue());
    }

    private static List<String> itemsOf(Pointer snapshot, long id, int kind) {
        List<String> found = new ArrayList<>();
        NativeLibrary.Session item = new NativeLibrary.Session();
        try (Memory page = new Memory(LIBRARY.js_items_size().longValue())) {
            check(error -> LIBRARY.js_items_begin(page, snapshot, id, kind, null, 0, NO_LIMIT, error));
            int result = LIBRARY.js_items_next(page, item);
            while (result == JobSessionsException.OK && item.json != null) {
                found.add(text(item.json, item.length.longValue()));
                result = LIBRARY.js_items_next(page, item);
            }
            if (result != JobSessionsException.END) {
                throw new JobSessionsException(JobSessionsException.DAMAGED, "", "an item of the session is damaged");
            }
        }
        return found;
    }

    // ---- What the library's memory needs: nobody is within a call when it goes ----

    private interface HandleCall {
        int make(Pointer database, Pointer error);
    }

    private interface HandleUse {
        void make(Pointer database);
    }

    synchronized Pointer enter() {
        if (handle == null) {
            throw misuse("the database was closed");
        }
        users++;
        return handle;
    }

    synchronized void leave() {
        users--;
    }

    private void use(HandleUse use) {
        Pointer database = enter();
        try {
            use.make(database);
        } finally {
            leave();
        }
    }

    private interface Look {
        int make(Pointer database, String directory, long id, Pointer request, Pointer error);
    }

    private Optional<StopRequest> look(Look look, String directory, String id) {
        long number = numberOf(id);
        try (Memory request = new Memory(STOP_REQUEST)) {
            call((database, error) -> look.make(database, directory, number, request, error));
            return Optional.of(new StopRequest(request.getString(0, "UTF-8"), request.getString(STOP_USER_MAX)));
        } catch (JobSessionsException refused) {
            if (refused.result() == JobSessionsException.NOT_FOUND) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    private long numberOf(String id) {
        byte[] text = utf8(id);
        LongByReference number = new LongByReference();
        call((database, error) -> LIBRARY.js_find_id(database, text, size(text.length), number, error));
        return number.getValue();
    }

    private String textOf(long number) {
        try (Memory text = new Memory(ID_TEXT)) {
            use(database -> LIBRARY.js_id_text(database, number, text));
            return text.getString(0);
        }
    }

    private void call(HandleCall call) {
        use(database -> check(error -> call.make(database, error)));
    }

    // ---- Values ----

    /** Conditions as the library takes them, ended by NUL. */
    private static byte[] queryOf(Map<String, String> conditions) {
        StringBuilder query = new StringBuilder();
        conditions.forEach(
            (name, value) -> query.append(encoded(name)).append('=').append(encoded(value)).append('&'));
        return utf8(query.append('\0').toString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    static JobSessionsException misuse(String message) {
        return new JobSessionsException(JobSessionsException.MISUSE, "", message);
    }

    static int kindOf(String list) {
        String name;
        for (int kind = 0; (name = LIBRARY.js_item_list(kind)) != null; kind++) {
            if (name.equals(list)) {
                return kind;
            }
        }
        throw new JobSessionsException(JobSessionsException.INVALID, "", "there is no list \"" + list + '"');
    }

    static NativeLong size(long bytes) {
        return new NativeLong(bytes);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(Pointer utf8, long length) {
        return new String(utf8.getByteArray(0, (int) length), StandardCharsets.UTF_8);
    }
}
