package io.reliablemq.rocketmq.durability;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.reliablemq.rocketmq.GroupTerms;

/**
 * What is wrong with one broker, in words.
 */
final class DurabilityRules {

    static final long SLAVE_TIMEOUT = 3000;

    private static final long FLUSH_TIMEOUT = 5000;

    private static final long RESERVED_HOURS = 72;

    private final DurabilityExpectations expectations;

    private final List<GroupTerms> groups;

    private final boolean sends;

    /**
     * Creates the rules.
     * @param expectations what to expect
     * @param groups what holds for the groups that this library looks after
     * @param sends whether the application sends
     */
    DurabilityRules(DurabilityExpectations expectations, List<GroupTerms> groups, boolean sends) {
        this.expectations = expectations;
        this.groups = groups;
        this.sends = sends;
    }

    List<DurabilityFinding> check(BrokerReading broker, boolean tracesAreLost) {
        List<DurabilityFinding> findings = new ArrayList<>();
        flush(broker, findings);
        findings.addAll(ReplicationRules.check(broker, this.expectations.inSyncReplicas()));
        timeout(broker, findings);
        this.groups.forEach((group) -> retention(broker, group, findings));
        retryQueues(broker, findings);
        if (tracesAreLost && broker.isMaster() && !broker.flag("traceTopicEnable")) {
            findings.add(broker.finding("traceTopicEnable", false, true,
                    "has no topic for RocketMQ's message trace, which this application has switched on: traces are"
                            + " thrown away. Set traceTopicEnable=true in its configuration, or switch the trace off."));
        }
        return findings;
    }

    private void flush(BrokerReading broker, List<DurabilityFinding> findings) {
        boolean promises = broker.isMaster() || broker.flag("enableControllerMode");
        if (this.expectations.flush() == FlushMode.SYNC && promises && !isFlushing(broker)) {
            findings.add(broker.finding("flushDiskType", broker.text("flushDiskType", "ASYNC_FLUSH"), "SYNC_FLUSH",
                    "acknowledges messages that are not on its disk yet, so a power failure loses them;"
                            + " reliable-mq.durability.flush expects sync. Set flushDiskType=SYNC_FLUSH in its"
                            + " configuration."));
        }
    }

    private void timeout(BrokerReading broker, List<DurabilityFinding> findings) {
        long wait = 0;
        String property = "";
        if (broker.isMaster() && isFlushing(broker)) {
            property = "syncFlushTimeout";
            wait = broker.number(property, FLUSH_TIMEOUT);
        }
        if (ReplicationRules.isWaiting(broker) && broker.number("slaveTimeout", SLAVE_TIMEOUT) > wait) {
            property = "slaveTimeout";
            wait = broker.number(property, SLAVE_TIMEOUT);
        }
        Duration patience = this.expectations.attemptTimeout();
        if (this.sends && !property.isEmpty() && patience.compareTo(Duration.ofMillis(wait)) <= 0) {
            findings.add(broker.finding("reliable-mq.producer.attempt-timeout", patience.toMillis() + "ms",
                    "more than " + wait + "ms",
                    "waits up to " + wait + " ms (" + property + ") before it answers, but the client gives up after "
                            + patience.toMillis() + " ms and never sees the status. Raise"
                            + " reliable-mq.producer.attempt-timeout above it, or lower the broker's " + property
                            + "."));
        }
    }

    private void retention(BrokerReading broker, GroupTerms group, List<DurabilityFinding> findings) {
        long hours = broker.number("fileReservedTime", RESERVED_HOURS);
        Duration kept = Duration.ofHours(hours);
        Duration span = group.retrySpan();
        if (kept.compareTo(span) < 0) {
            findings.add(broker.finding("fileReservedTime", hours, hoursOf(span),
                    "deletes messages after " + hours + " h, but consumer group '" + group.name() + "' retries for "
                            + text(span) + ": messages can be gone before their last retry. Set" + " fileReservedTime="
                            + hoursOf(span) + " or more."));
        }
        Duration needed = kept.plus(span).plus(this.expectations.replayAllowance());
        if (group.guarded() && !this.expectations.allowShortRetention() && group.retention().compareTo(needed) < 0) {
            long most = hours - hoursOf(needed.minus(group.retention()));
            findings.add(broker.finding("fileReservedTime", hours, (most > 0) ? "at most " + most : "less",
                    "keeps messages for " + hours + " h, so that a copy can arrive " + text(needed)
                            + " after the first, but consumer group '" + group.name() + "' remembers for "
                            + text(group.retention())
                            + " only: a late copy would be processed again. Set reliable-mq.idempotency.retention to at"
                            + " least " + hoursOf(needed) + "h, or lower fileReservedTime."));
        }
    }

    private void retryQueues(BrokerReading broker, List<DurabilityFinding> findings) {
        broker.retryQueues().forEach((group, queues) -> {
            if (queues <= 0) {
                findings.add(broker.finding("retryQueueNums", queues, "1 or more",
                        "has no retry queue for consumer group '" + group + "': messages that its listener fails on are"
                                + " acknowledged and gone. Set the group's retryQueueNums to 1 or more"
                                + " (mqadmin updateSubGroup -q 1)."));
            }
        });
    }

    private static boolean isFlushing(BrokerReading broker) {
        return "SYNC_FLUSH".equals(broker.text("flushDiskType", "ASYNC_FLUSH"));
    }

    private static long hoursOf(Duration duration) {
        return duration.plusHours(1).minusNanos(1).toHours();
    }

    private static String text(Duration duration) {
        return duration.toHours() + " h"
                + ((duration.toMinutesPart() > 0) ? " " + duration.toMinutesPart() + " min" : "");
    }

}
