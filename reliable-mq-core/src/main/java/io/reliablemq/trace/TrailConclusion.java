package io.reliablemq.trace;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import io.reliablemq.message.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * Where a message is, or where it got lost, in words. The first row that fits wins.
 */
final class TrailConclusion {

    private final List<Sending> sent;

    private final List<BrokerCopy> copies;

    private final List<GroupTrail> groups;

    private final Instant now;

    private TrailConclusion(List<Sending> sent, List<BrokerCopy> copies, List<GroupTrail> groups, Instant now) {
        this.sent = sent;
        this.copies = copies;
        this.groups = groups;
        this.now = now;
    }

    static String of(List<Sending> sent, List<BrokerCopy> copies, List<GroupTrail> groups, Instant now) {
        return new TrailConclusion(sent, copies, groups, now).conclude();
    }

    private String conclude() {
        if (this.sent.isEmpty() && this.copies.isEmpty() && this.groups.isEmpty()) {
            return "Nothing is known of it: it was never sent from here, or everything about it has expired.";
        }
        Set<MessageId> ids = ids();
        if (ids.size() > 1) {
            return ids.size() + " messages have this key. Ask for one of them: " + ids + ".";
        }
        List<String> byGroup = new ArrayList<>();
        this.groups.forEach((group) -> {
            String sentence = inGroup(group);
            if (sentence != null) {
                byGroup.add(sentence);
            }
        });
        if (!byGroup.isEmpty()) {
            return String.join(" ", byGroup);
        }
        return beforeTheGroups();
    }

    private Set<MessageId> ids() {
        return new TreeSet<>(Stream
            .of(this.sent.stream().map(Sending::message), this.copies.stream().map(BrokerCopy::message),
                    this.groups.stream().map(GroupTrail::message))
            .<@Nullable MessageId>flatMap((each) -> each)
            .filter(Objects::nonNull)
            .toList());
    }

    private @Nullable String inGroup(GroupTrail group) {
        String name = "Group '" + group.group() + "'";
        GroupTrail.DeadLetter letter = group.deadLetter();
        if (letter != null && letter.status().equals("PARKED")) {
            return name + " has parked it at " + letter.parkedAt() + " after " + letter.failures() + " failures ("
                    + letter.exception() + "): replay or discard the dead letter.";
        }
        if (letter != null && letter.status().equals("REPLAYING")) {
            return name + " is being given it again from the dead letters.";
        }
        GroupTrail.Attempts attempts = group.attempts();
        if (attempts != null) {
            return name + " retries it: " + attempts.failures() + " failures (" + attempts.exception()
                    + "), next delivery at " + attempts.nextDue() + ".";
        }
        GroupTrail.Recorded record = group.record();
        return (record != null) ? recorded(name, record) : null;
    }

    private String recorded(String name, GroupTrail.Recorded record) {
        return switch (record.status()) {
            case "DONE" -> name + " has processed it by " + record.until() + ".";
            case "ALIAS" -> name + " has skipped it as a duplicate of " + record.duplicateOf() + ".";
            case "PARKED" -> name + " has parked it in its dead-letter topic.";
            case "DROPPED" -> name + " has dropped it under overload.";
            case "DISCARDED" -> name + " was told to leave it out.";
            case "PROCESSING" -> record.until().isAfter(this.now) ? name + " is processing it."
                    : name + " began to process it at " + record.createdAt()
                            + " and did not finish; its claim has run out, so the next delivery may take it.";
            default -> name + " has a record of status " + record.status() + ".";
        };
    }

    private String beforeTheGroups() {
        Sending open = this.sent.stream().filter((each) -> !each.status().equals("SENT")).findFirst().orElse(null);
        boolean acknowledged = this.sent.stream().anyMatch((each) -> each.status().equals("SENT"));
        if (open != null && !acknowledged && this.copies.isEmpty()) {
            return unsent(open);
        }
        if (this.copies.isEmpty()) {
            return acknowledgedOnly();
        }
        BrokerCopy copy = this.copies.get(this.copies.size() - 1);
        String place = "Broker " + copy.broker() + " holds it (" + copy.topic() + ", queue " + copy.queueId()
                + ", offset " + copy.queueOffset() + ", stored at " + copy.storedAt() + ")";
        if (copy.topic().startsWith("%DLQ%")) {
            return place + ": its group has given up on it; drain the dead-letter topic.";
        }
        return place + ", and no group whose records are in this database knows it: it waits in a backlog, was"
                + " acknowledged without effect, or is consumed elsewhere. The reconciliation tells which.";
    }

    private static String unsent(Sending open) {
        return switch (open.status()) {
            case "PARKED" ->
                "It was never sent: the outbox has parked it (" + open.lastError() + "). Release or discard it there.";
            case "DISCARDED" -> "It was never sent: it was discarded in the outbox (" + open.lastError() + ").";
            default -> "It waits in the outbox since " + open.createdAt() + ", after " + open.attempts()
                    + " failed attempts" + ((open.lastError() != null) ? " (" + open.lastError() + ")" : "")
                    + (open.uncertain() ? "; the broker may hold it nevertheless." : ".");
        };
    }

    private String acknowledgedOnly() {
        Sending last = this.sent.get(this.sent.size() - 1);
        Instant due = last.deliverAt();
        if (due != null && due.isAfter(this.now)) {
            return "It was sent at " + last.sentAt() + " and is due at " + due + ".";
        }
        return "Broker " + last.broker() + " acknowledged it at " + last.sentAt() + " (queue " + last.queueId()
                + ", offset " + last.queueOffset() + ", " + last.sendStatus()
                + "), but no broker's index has it: it was lost there, or has expired.";
    }

}
