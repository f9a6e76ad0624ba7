// SPDX-License-Identifier: Apache-2.0
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import jobsessions.Database;
import jobsessions.JobSessionsException;
import jobsessions.StopRequest;
import jobsessions.Transaction;

/** A session's life from start to finish, and what is refused on the way, in the database ./db. */
public final class Life {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private Life() {}

    /** Makes a call that is to be refused, and says why it was. */
    private static void refused(Runnable call) {
        try {
            call.run();
            OUT.println("taken");
        } catch (JobSessionsException error) {
            OUT.println("refused " + error.result() + ' ' + error.member() + ": " + error.getMessage());
        }
    }

    private static void create(Database database) {
        String id =
            database.put(
                "{\"type\":\"PolicyBackup\",\"status\":\"Running\",\"executionStartTime\":\""
                    + Instant.parse("2026-11-23T08:00:00Z")
                    + "\",\"backupJobInfo\":{\"policyId\":\"5b1f0c52-6c0e-4f0a-9d57-1f6c3b7a2e40\","
                    + "\"policyName\":\"Z\u00fcrich, nightly\",\"protectedInstancesCount\":0,\"policyRemoved\":false}}");
        OUT.println("created " + id);
    }

    private static String line(String time, String message) {
        return "{\"logTime\":\"2026-11-23T" + time + "Z\",\"status\":\"Success\",\"message\":\"" + message + "\"}";
    }

    private static void report(Database database) {
        try (Transaction transaction = database.begin()) {
            transaction.append("1", "log", line("08:00:01", "web01 begins"));
            transaction.append("1", "log", line("08:16:24", "web01 is safe"));
            transaction.append("1", "protectedItems", "{\"name\":\"web01\"}");
            transaction.update("{\"id\":\"1\",\"backupJobInfo\":{\"protectedInstancesCount\":1}}");
            transaction.commit();
        }
    }

    private static void finish(Database database) {
        database.update("{\"id\":\"1\",\"status\":\"Success\",\"executionStopTime\":\"2026-11-23T08:16:25Z\"}");
    }

    private static void readBack(Database database) {
        OUT.println("session " + database.get("1"));
        for (String list : new String[] {"log", "protectedItems"}) {
            for (String item : database.items("1", list)) {
                OUT.println(list + ' ' + item);
            }
        }
    }

    private static void removeAnother(Database database) {
        String id = database.put("{\"type\":\"Retention\",\"status\":\"Running\"}");
        refused(() -> database.remove(id, false));
        database.remove(id, true);
        refused(() -> database.put("{\"id\":\"2\",\"status\":\"Success\"}"));
    }

    /** A transaction that is not committed leaves nothing, and one's own put would wait for it. */
    private static void giveUp(Database database) {
        try (Transaction transaction = database.begin()) {
            transaction.put("{\"status\":\"Success\"}");
            refused(() -> database.put("{\"status\":\"Success\"}"));
        }
        refused(() -> database.get("3"));
    }

    private static void show(Optional<StopRequest> request) {
        OUT.println("asked by " + request.map(StopRequest::user).orElse("nobody"));
    }

    /** A session with an id of the worker's own, who sees that it is to stop. */
    private static void stop(Database database) {
        String id =
            database.put(
                "{\"id\":\"F81D4FAE-7DEC-4D0A-A765-00A0C91E6BF6\",\"type\":\"PolicyBackup\",\"status\":\"Running\"}");
        OUT.println("created " + id);
        new File("stops").mkdir();
        show(database.stopRequested("stops", id));
        database.askToStop("stops", id, "operator");
        show(database.stopRequested("stops", id));
        show(database.stopTake("stops", id));
        show(database.stopTake("stops", id));
        OUT.println("session " + database.get(id));
        database.append(id, "log", "{\"message\":\"stopped\"}");
        database.update("{\"id\":\"" + id + "\",\"status\":\"Canceled\"}");
        refused(() -> database.askToStop("stops", id, "operator"));
    }

    private static void misuse(Database database) {
        refused(() -> database.get("00000000-0000-4000-8000-000000000000"));
        refused(() -> database.get("x"));
        refused(() -> database.update("{\"id\":\"7\",\"status\":\"Success\"}"));
        refused(() -> database.put("{\"status\":\"Ready\"}"));
        refused(() -> database.append("1", "protectedItems", "{}"));
        refused(() -> new Database("db"));
    }

    private static void list(Database database, Map<String, String> conditions) {
        OUT.println(database.count(conditions) + " found");
        try (Stream<String> sessions = database.sessions(conditions)) {
            sessions.forEach(session -> OUT.println("found " + session));
        }
    }

    private static void find(Database database) {
        list(database, Map.of());
        list(database, Map.of("filter", "Z\u00fcrich, nightly", "status", "Success,Failed", "limit", "10"));
        list(database, Map.of("filter", "a&b=+%"));
        refused(() -> database.sessions(Map.of("sort", "IdAsc")));
        refused(() -> database.sessions(Map.of("status", "")));
    }

    /** The first session is this process's, the second nobody's: sweep tells them apart when it has ended. */
    private static void workForOthers(Database database) {
        database.put("{\"type\":\"Retention\",\"status\":\"Running\"}");
        database.setWorker(0);
        database.put("{\"type\":\"Retention\",\"status\":\"Running\"}");
        refused(() -> database.setWorker(2147483647));
    }

    public static void main(String[] arguments) {
        OUT.println("version " + Database.version());
        try (Database database = new Database("db")) {
            create(database);
            report(database);
            finish(database);
            readBack(database);
            removeAnother(database);
            giveUp(database);
            stop(database);
            misuse(database);
            find(database);
            workForOthers(database);
        }
    }
}
