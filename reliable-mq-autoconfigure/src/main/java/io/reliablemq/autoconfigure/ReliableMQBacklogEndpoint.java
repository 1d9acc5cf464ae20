package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.Duration;

import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogSnapshot;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * Endpoint of the consumer groups' backlog. It shows the last poll, and queries the
 * brokers only if there was no recent one.
 */
@Endpoint(id = "reliablemqbacklog", defaultAccess = Access.READ_ONLY)
public class ReliableMQBacklogEndpoint {

    private final BacklogProbe probe;

    private final Duration freshness;

    private final Clock clock;

    ReliableMQBacklogEndpoint(BacklogProbe probe, Duration freshness, Clock clock) {
        this.probe = probe;
        this.freshness = freshness;
        this.clock = clock;
    }

    /**
     * Every group.
     * @return the result of the last poll
     */
    @ReadOperation
    public BacklogView backlog() {
        return BacklogView.of(snapshot());
    }

    /**
     * One group. Its {@code lag} and {@code ageSeconds} are present only if all its
     * topics could be read: a scaler must not take an unknown value for zero.
     * @param group consumer group
     * @return the result of the last poll; {@code null} (404) for an unknown or
     * unreadable group
     */
    @ReadOperation
    public BacklogView.@Nullable Group group(@Selector String group) {
        BacklogSnapshot snapshot = snapshot();
        return snapshot.watched(group).map((it) -> BacklogView.Group.of(it, snapshot)).orElse(null);
    }

    private BacklogSnapshot snapshot() {
        BacklogSnapshot latest = this.probe.latest();
        boolean old = latest.at().plus(latest.cost()).plus(this.freshness).isBefore(this.clock.instant());
        return old ? this.probe.refresh() : latest;
    }

}
