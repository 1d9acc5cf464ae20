package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.backlog.BacklogLimits;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.backlog.WatchedGroup;
import org.jspecify.annotations.Nullable;

/**
 * Health of the backlog, for every Spring Boot version. The limits of all groups apply to
 * the groups of this application; groups of other services have only limits of their own.
 */
final class BacklogHealth {

    private final BacklogProbe probe;

    private final ReliableMQProperties.Backlog properties;

    private final Clock clock;

    BacklogHealth(BacklogProbe probe, ReliableMQProperties.Backlog properties, Clock clock) {
        this.probe = probe;
        this.properties = properties;
        this.clock = clock;
    }

    BacklogSnapshot snapshot() {
        return this.probe.latest();
    }

    String status(BacklogSnapshot snapshot) {
        boolean fresh = !snapshot.at()
            .plus(snapshot.cost())
            .plus(PropertyMapping.backlogOptions(this.properties).freshness())
            .isBefore(this.clock.instant());
        if (!fresh || (snapshot.groups().isEmpty() && !snapshot.problems().isEmpty())) {
            return "UNKNOWN";
        }
        return exceeded(snapshot).isEmpty() ? "UP" : "DOWN";
    }

    Map<String, Object> details(BacklogSnapshot snapshot) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("polled", snapshot.at().toString());
        details.put("exceeded", exceeded(snapshot));
        Map<String, Object> groups = new LinkedHashMap<>();
        for (GroupBacklog backlog : snapshot.groups()) {
            groups.put(backlog.group() + " on " + backlog.topic(), backlog.state() + ": " + backlog.messages()
                    + " messages, the oldest " + backlog.age().toSeconds() + " s old");
        }
        details.put("groups", groups);
        details.put("problems", snapshot.problems());
        return details;
    }

    private List<String> exceeded(BacklogSnapshot snapshot) {
        List<String> exceeded = new ArrayList<>();
        for (GroupBacklog backlog : snapshot.groups()) {
            exceeded.addAll(limits(snapshot.watched(backlog.group()).orElse(null), backlog).exceededBy(backlog));
        }
        return exceeded;
    }

    /** The queues of a paused listener are expected not to advance. */
    private BacklogLimits limits(@Nullable WatchedGroup group, GroupBacklog backlog) {
        BacklogLimits limits = PropertyMapping.backlogLimits(this.properties, backlog.group(),
                group == null || group.own());
        return (group != null && !group.pausedBy().isEmpty()) ? new BacklogLimits(limits.lag(), limits.lagTime(), null)
                : limits;
    }

}
