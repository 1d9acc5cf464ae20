package io.reliablemq.trace;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.MessageId;

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
     * @param id a {@code RELIABLE_ID}, alone or with a hyphen and its id space, an
     * identity of the consumer groups' records, RocketMQ's message id (UNIQ_KEY), or one
     * of the message's keys. An id alone can be that of several messages
     * @return the report
     */
    public TrailReport find(String id) {
        Map<String, String> unreadable = new LinkedHashMap<>();
        TrailQuery query = TrailQuery.parse(id);
        Set<Long> messageIds = new LinkedHashSet<>(query.ids());
        List<Sending> sent = sent(query, messageIds, unreadable);
        List<BrokerCopy> copies = this.brokers
            .find(sent.stream().map(Sending::topic).toList(), query.keys(), unreadable)
            .stream()
            .filter((copy) -> query.matches(copy.message()))
            .toList();
        if (addIds(copies, messageIds)) {
            sent = sent(query, messageIds, unreadable);
        }
        Set<String> identities = identities(query, sent, copies);
        List<GroupTrail> groups = ask("consumer groups",
                () -> this.records.groups(this.brokers.groups(), messageIds, identities), unreadable)
            .stream()
            .filter((group) -> query.matches(group.message()))
            .toList();
        return new TrailReport(id, TrailConclusion.of(sent, copies, groups, this.clock.instant()), sent, copies, groups,
                unreadable);
    }

    private static boolean addIds(List<BrokerCopy> copies, Set<Long> messageIds) {
        return messageIds.addAll(copies.stream().map(BrokerCopy::messageId).filter(Objects::nonNull).toList());
    }

    private List<Sending> sent(TrailQuery query, Set<Long> messageIds, Map<String, String> unreadable) {
        return ask("outbox and ledger", () -> this.records.sent(messageIds), unreadable).stream()
            .filter((sending) -> query.matches(sending.message()))
            .toList();
    }

    private static Set<String> identities(TrailQuery query, List<Sending> sent, List<BrokerCopy> copies) {
        Set<String> identities = query.identities();
        sent.forEach((sending) -> identities.add(sending.message().identity()));
        for (BrokerCopy copy : copies) {
            MessageId message = copy.message();
            if (message != null) {
                identities.add(message.identity());
            }
            identities.add("u:" + copy.uniqKey());
        }
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
