package io.reliablemq.backlog;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BacklogLimits}.
 */
class BacklogLimitsTests {

    @Test
    void areExceededByMoreMessagesOnly() {
        BacklogLimits limits = new BacklogLimits(10L, null, null);
        assertThat(limits.exceededBy(new GroupBacklog("g", "t", 10, Duration.ofHours(1)))).isEmpty();
        assertThat(limits.exceededBy(new GroupBacklog("g", "t", 11, Duration.ZERO))).singleElement()
            .asString()
            .contains("Group g on t has 11 messages", "lag: 10");
    }

    @Test
    void areExceededByOlderMessages() {
        BacklogLimits limits = new BacklogLimits(null, Duration.ofSeconds(60), null);
        assertThat(limits.exceededBy(new GroupBacklog("g", "t", 10, Duration.ofSeconds(60)))).isEmpty();
        assertThat(limits.exceededBy(new GroupBacklog("g", "t", 10, Duration.ofSeconds(61)))).singleElement()
            .asString()
            .contains("61 s");
    }

    @Test
    void nameTheMessageThatHoldsAQueue() {
        BacklogLimits limits = new BacklogLimits(null, null, Duration.ofMinutes(5));
        assertThat(limits.exceededBy(stalled(1, 300))).isEmpty();
        assertThat(limits.exceededBy(stalled(1, 301))).singleElement()
            .asString()
            .contains("stood still for 301 s", "the offset of a queue does not move (a:3)");
        GroupBacklog backlog = stalled(1, 301);
        WaitingMessage message = new WaitingMessage("AC11", 42L, "o-7 42", null, "a", 3, 50, Instant.EPOCH);
        assertThat(limits.exceededBy(backlog.withQueues(List.of(backlog.queues().get(0).withHead(message)))))
            .singleElement()
            .asString()
            .contains("message AC11 (RELIABLE_ID 42), keys o-7 42, at offset 50 of queue 3 of a");
        assertThat(limits.exceededBy(stalled(0, 301))).singleElement().asString().contains("no consumer");
    }

    @Test
    void fallBackToOthersOneByOne() {
        BacklogLimits common = new BacklogLimits(10L, Duration.ofSeconds(1), null);
        assertThat(new BacklogLimits(5L, null, Duration.ofSeconds(2)).or(common))
            .isEqualTo(new BacklogLimits(5L, Duration.ofSeconds(1), Duration.ofSeconds(2)));
        assertThat(BacklogLimits.none().or(common)).isEqualTo(common);
    }

    private static GroupBacklog stalled(int consumers, long seconds) {
        BacklogTracker tracker = new BacklogTracker(BacklogOptions.defaults());
        TopicReading reading = new TopicReading("g", "t", consumers, null,
                List.of(new QueueReading("a", 3, 0, 100, 50, QueueReading.NEVER)));
        tracker.assess(reading, 0);
        return tracker.assess(reading, TimeUnit.SECONDS.toNanos(seconds));
    }

}
