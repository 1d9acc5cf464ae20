package io.reliablemq.rocketmq.backlog;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.BacklogState;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.backlog.QueueBacklog;
import io.reliablemq.backlog.WaitingMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what changed between two polls: groups that stand still, unless somebody wants it,
 * or do so no longer, and what cannot be read.
 */
final class BacklogReporter {

    private static final Logger logger = LoggerFactory.getLogger("io.reliablemq.backlog");

    private Map<String, GroupBacklog> stalled = Map.of();

    private Set<String> problems = Set.of();

    void report(BacklogSnapshot snapshot) {
        Map<String, GroupBacklog> now = new LinkedHashMap<>();
        for (GroupBacklog backlog : snapshot.groups()) {
            String key = backlog.title();
            boolean paused = snapshot.watched(backlog.group()).filter((it) -> !it.pausedBy().isEmpty()).isPresent();
            if (backlog.state() == BacklogState.STALLED && !paused) {
                now.put(key, backlog);
                if (!this.stalled.containsKey(key)) {
                    warn(key, backlog);
                }
            }
            else if (this.stalled.containsKey(key)) {
                logger.info("{} goes on; {} messages wait", key, backlog.messages());
            }
        }
        this.stalled = now;
        Set<String> found = Set.copyOf(snapshot.problems());
        found.stream().filter((problem) -> !this.problems.contains(problem)).forEach((problem) -> {
            logger.warn("The backlog is not known completely. {}", problem);
        });
        this.problems = found;
    }

    private static void warn(String key, GroupBacklog backlog) {
        WaitingMessage head = backlog.stalledQueue().map(QueueBacklog::head).orElse(null);
        String reason = (backlog.consumers() == 0) ? "no consumer is connected"
                : (head != null) ? "it waits for " + head.place() : "its offset does not move";
        logger.warn("{} has stood still for {} s while {} messages wait: {}", key, backlog.stalledFor().toSeconds(),
                backlog.messages(), reason);
    }

}
