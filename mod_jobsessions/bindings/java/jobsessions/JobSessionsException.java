// SPDX-License-Identifier: Apache-2.0
package jobsessions;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/** What the library has refused; the message is its sentence. */
public final class JobSessionsException extends RuntimeException {
    private static final long serialVersionUID = 1;
    static final int OK = 0;
    static final int END = 1;
    public static final int NOT_FOUND = 2;
    public static final int INVALID = 3;
    public static final int BUSY = 10;
    public static final int DAMAGED = 11;
    public static final int REMOVED = 13;
    public static final int RUNNING = 14;
    public static final int MISUSE = 17;
    public static final int INTERRUPTED = 18;
    public static final int FINISHED = 19;

    private final int result;
    private final String member;

    JobSessionsException(int result, String member, String message) {
        super(message);
        this.result = result;
        this.member = member;
    }

    /** The library's js_result; those that a worker may want to tell apart are constants here. */
    public int result() {
        return result;
    }

    /** Dotted path of the member that was refused, or "". */
    public String member() {
        return member;
    }

    /** A call that fills a js_error. */
    interface Call {
        int make(Pointer error);
    }

    static void check(Call call) {
        try (Memory error = new Memory(NativeLibrary.LIBRARY.js_error_size().longValue())) {
            int result = call.make(error);
            if (result != OK) {
                throw new JobSessionsException(
                    result,
                    NativeLibrary.LIBRARY.js_error_member(error),
                    NativeLibrary.LIBRARY.js_error_message(error));
            }
        }
    }
}
