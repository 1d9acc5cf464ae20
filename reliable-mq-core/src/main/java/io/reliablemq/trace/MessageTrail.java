package io.reliablemq.trace;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;

/**
 * Follows a message from its sender to the consumer groups. What cannot be asked is named
 * in the report; the rest is reported all the same.
 */
public final class MessageTrail {

    private final TrailRecords records;

    private final BrokerIndex brokers;

    private final Clock clock;

    /**
     * Creates the trail.
     * @param records what the database knows
     * @param brokers what the brokers know
     * @param clock tells the time
     */
    public MessageTrail(TrailRecords records, BrokerIndex brokers, Clock clock) {
        this.records = records;
        this.brokers = brokers;
        this.clock = clock;
    }

    /**
     * Collects what is known.
     * @param id a {@code RELIABLE_ID}, RocketMQ's message id (UNIQ_KEY), or one of the
     * message's keys
     * @return the report
     */
    public TrailReport find(String id) {
        Map<String, String> unreadable = new LinkedHashMap<>();
        Set<Long> messageIds = new LinkedHashSet<>();
        if (id.matches("\\d{1,19}") && (id.length() < 19 || id.compareTo(Long.toString(Long.MAX_VALUE)) <= 0)) {
            messageIds.add(Long.parseLong(id));
        }
        List<Sending> sent = ask("outbox and ledger", () -> this.records.sent(messageIds), unreadable);
        Set<String> keys = new LinkedHashSet<>(List.of(id));
        List<BrokerCopy> copies = this.brokers.find(sent.stream().map(Sending::topic).toList(), keys, unreadable);
        if (addIds(copies, messageIds)) {
            sent = ask("outbox and ledger", () -> this.records.sent(messageIds), unreadable);
        }
        List<GroupTrail> groups = ask("consumer groups",
                () -> this.records.groups(this.brokers.groups(), messageIds, identities(id, messageIds, copies)),
                unreadable);
        return new TrailReport(id, TrailConclusion.of(sent, copies, groups, this.clock.instant()), sent, copies, groups,
                unreadable);
    }

    private static boolean addIds(List<BrokerCopy> copies, Set<Long> messageIds) {
        return messageIds.addAll(copies.stream().map(BrokerCopy::messageId).filter(Objects::nonNull).toList());
    }

    private static Collection<String> identities(String id, Set<Long> messageIds, List<BrokerCopy> copies) {
        Set<String> identities = new LinkedHashSet<>();
        messageIds.forEach((messageId) -> identities.add(HexFormat.of().toHexDigits(messageId)));
        identities.add("k:" + id);
        identities.add("u:" + id);
        copies.forEach((copy) -> identities.add("u:" + copy.uniqKey()));
        return identities;
    }

    private static <T> List<T> ask(String what, Supplier<List<T>> question, Map<String, String> unreadable) {
        try {
            return question.get();
        }
        catch (ReliableMQException ex) {
            unreadable.put(what, String.valueOf(ex.getMessage()));
            return new ArrayList<>();
        }
    }

}
