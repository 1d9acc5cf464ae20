package io.reliablemq.backlog;

import java.time.Duration;

/**
 * How far groups are behind.
 */
public final class Backlogs {

    private Backlogs() {
    }

    public static GroupBacklog of(String group, int seconds) {
        return new GroupBacklog(group, "orders", seconds, Duration.ofSeconds(seconds));
    }

}
