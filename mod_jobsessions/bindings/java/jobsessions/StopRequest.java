// SPDX-License-Identifier: Apache-2.0
package jobsessions;

/** Who asks that a session be stopped, and when. */
public final class StopRequest {
    private final String user;
    private final String time;

    StopRequest(String user, String time) {
        this.user = user;
        this.time = time;
    }

    /** "": nobody was named. */
    public String user() {
        return user;
    }

    /** Date and time, in UTC. */
    public String time() {
        return time;
    }
}
