// SPDX-License-Identifier: Apache-2.0
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import jobsessions.Database;
import jobsessions.JobSessionsException;
import jobsessions.Transaction;

/** What threads, limits and closing leave; ends with an error where an expectation does not hold. */
public final class Owners {
    private static final String SUCCESS = "{\"status\":\"Success\"}";

    private Owners() {}

    private static int resultOf(Runnable call) {
        try {
            call.run();
            return 0;
        } catch (JobSessionsException error) {
            return error.result();
        }
    }

    private static void expect(int result, Runnable call) {
        int came = resultOf(call);
        if (came != result) {
            throw new AssertionError(came + " in place of " + result);
        }
    }

    private static void elsewhere(Runnable run) throws InterruptedException {
        Throwable[] thrown = new Throwable[1];
        Thread thread = new Thread(run);
        thread.setUncaughtExceptionHandler((of, error) -> thrown[0] = error);
        thread.start();
        thread.join();
        if (thrown[0] != null) {
            throw new AssertionError(thrown[0]);
        }
    }

    private static void threads(Database database) throws InterruptedException {
        database.setWaitLimit(Duration.ofMillis(20));
        try (Transaction transaction = database.begin()) {
            elsewhere(() -> expect(JobSessionsException.MISUSE, () -> transaction.put(SUCCESS)));
            elsewhere(() -> expect(JobSessionsException.MISUSE, transaction::commit));
            elsewhere(() -> expect(JobSessionsException.MISUSE, transaction::close));
            elsewhere(() -> expect(JobSessionsException.BUSY, () -> database.put(SUCCESS)));
            expect(JobSessionsException.MISUSE, database::begin);
            expect(JobSessionsException.MISUSE, database::close);
            expect(0, () -> transaction.put(SUCCESS));
            expect(0, transaction::commit);
            expect(JobSessionsException.MISUSE, () -> transaction.put(SUCCESS));
        }
        expect(0, () -> database.get("1"));
        expect(JobSessionsException.INVALID, () -> database.items("1", "lug"));
    }

    /** More than are copied at once, a walk that is given up, and one that its database is closed under. */
    private static Stream<String> found(Database database) {
        try (Transaction transaction = database.begin()) {
            for (int i = 0; i < 250; i++) {
                transaction.put(SUCCESS);
            }
            transaction.commit();
        }
        try (Stream<String> sessions = database.sessions(Map.of("status", "Success"))) {
            if (sessions.filter(session -> session.contains("Success")).count() != 251) {
                throw new AssertionError("not all were found");
            }
        }
        if (database.count(Map.of("limit", "7")) != 7) {
            throw new AssertionError("not as many as there may be");
        }
        expect(JobSessionsException.INVALID, () -> database.count(Map.of("filter", "")));
        Stream<String> closed = database.sessions(Map.of());
        closed.close();
        return database.sessions(Map.of());
    }

    public static void main(String[] arguments) throws InterruptedException {
        Database database = new Database("owners", 1 << 26);
        threads(database);
        Stream<String> kept = found(database);
        database.close();
        database.close();
        expect(JobSessionsException.MISUSE, () -> database.put(SUCCESS));
        expect(JobSessionsException.MISUSE, kept::count);
        kept.close();
    }
}
