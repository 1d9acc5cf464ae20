package io.reliablemq.reconcile;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for the messages of a page at the brokers. Answers are kept for the page, so that
 * each queue is asked once. When brokers do not answer several times in a row they are
 * not asked any more: each question would take its whole timeout.
 */
final class BrokerSearch {

    private static final Logger logger = LoggerFactory.getLogger(BrokerSearch.class);

    private static final int PATIENCE = 3;

    private final BrokerLookup lookup;

    private final Map<Long, Location> locations = new HashMap<>();

    private final Map<Queue, Long> minOffsets = new HashMap<>();

    private final Map<GroupQueue, OptionalLong> committed = new HashMap<>();

    private int failures;

    private @Nullable String failure;

    BrokerSearch(BrokerLookup lookup) {
        this.lookup = lookup;
    }

    /** Why questions were left open; {@code null} if none was. */
    @Nullable String failure() {
        return this.failure;
    }

    /** Begins with another page of the ledger. */
    void begin(List<SentMessage> page) {
        page.stream()
            .collect(Collectors.groupingBy(SentMessage::cluster))
            .forEach((cluster, some) -> at(cluster).note(some));
        this.locations.clear();
        this.minOffsets.clear();
        this.committed.clear();
    }

    /** Finds many at once, which takes fewer questions than one by one. */
    void locate(Collection<SentMessage> messages) {
        Map<Queue, List<SentMessage>> byQueue = new HashMap<>();
        for (SentMessage message : messages) {
            QueuePosition position = message.position();
            if (this.locations.containsKey(message.rowId())) {
                continue;
            }
            if (position == null || message.deliverAt() != null) {
                // The position of a delayed message is that of where it waited.
                this.locations.put(message.rowId(), answer(() -> indexed(message)));
            }
            else {
                byQueue.computeIfAbsent(Queue.of(message, message.topic(), position), (queue) -> new ArrayList<>())
                    .add(message);
            }
        }
        byQueue.forEach(this::locate);
    }

    private void locate(Queue queue, List<SentMessage> messages) {
        messages.sort(Comparator.comparingLong(BrokerSearch::offset));
        QueuePosition first = position(messages.get(0));
        Long min = ask(() -> this.minOffsets.computeIfAbsent(queue,
                (it) -> at(queue.cluster()).minOffset(queue.topic(), first)));
        if (min == null) {
            messages.forEach((message) -> this.locations.put(message.rowId(), Location.UNANSWERED));
            return;
        }
        List<SentMessage> kept = messages.stream().filter((message) -> offset(message) >= min).toList();
        messages.stream()
            .filter((message) -> offset(message) < min)
            .forEach((message) -> this.locations.put(message.rowId(), expired(message)));
        boolean[] stored = kept.isEmpty() ? new boolean[0]
                : ask(() -> at(queue.cluster()).areStored(queue.topic(), kept));
        for (int i = 0; i < kept.size(); i++) {
            SentMessage message = kept.get(i);
            this.locations.put(message.rowId(), (stored == null) ? Location.UNANSWERED
                    : stored[i] ? Location.at(List.of(position(message))) : answer(() -> indexed(message)));
        }
    }

    /** Where it was sent again a copy may be younger. */
    private Location expired(SentMessage message) {
        if (message.lastResentAt() == null) {
            return Location.EXPIRED;
        }
        Location copies = answer(() -> indexed(message));
        return (copies.finding() == BrokerFinding.MISSING) ? Location.EXPIRED : copies;
    }

    private Location indexed(SentMessage message) {
        List<QueuePosition> found = at(message.cluster()).find(message.topic(), message);
        return found.isEmpty() ? Location.MISSING : Location.at(found);
    }

    BrokerFinding find(SentMessage message, GroupSubscription group) {
        Location location = this.locations.get(message.rowId());
        if (location == null) {
            locate(List.of(message));
            location = this.locations.getOrDefault(message.rowId(), Location.UNANSWERED);
        }
        BrokerFinding finding = location.finding();
        if (finding == BrokerFinding.ACKNOWLEDGED) {
            finding = acknowledged(message, message.topic(), location.positions(), group, GroupHistory::queue);
        }
        else if (finding == BrokerFinding.EXPIRED) {
            finding = expired(message, group);
        }
        boolean lost = finding == BrokerFinding.EXPIRED || finding == BrokerFinding.MISSING
                || finding == BrokerFinding.ACKNOWLEDGED;
        return lost ? inOwnTopics(message, group, finding) : finding;
    }

    /** Someone may have read it just before it was deleted. */
    private BrokerFinding expired(SentMessage message, GroupSubscription group) {
        QueuePosition position = position(message);
        if (group.isKnownToHaveGuarded(message, GroupHistory.queue(position), position.offset())) {
            return BrokerFinding.EXPIRED;
        }
        BrokerFinding read = acknowledged(message, message.topic(), List.of(position), group, GroupHistory::queue);
        return (read == BrokerFinding.UNREAD) ? BrokerFinding.EXPIRED : read;
    }

    private BrokerFinding acknowledged(SentMessage message, String topic, List<QueuePosition> positions,
            GroupSubscription group, Function<QueuePosition, String> name) {
        BrokerFinding finding = BrokerFinding.ACKNOWLEDGED;
        for (QueuePosition position : positions) {
            OptionalLong first = ask(() -> this.committed.computeIfAbsent(
                    new GroupQueue(group.group(), Queue.of(message, topic, position)),
                    (it) -> at(message.cluster()).committed(group.group(), topic, position)));
            if (first == null) {
                return BrokerFinding.UNANSWERED;
            }
            if (first.isEmpty() || first.getAsLong() <= position.offset()) {
                return BrokerFinding.UNREAD;
            }
            if (!group.isKnownToHaveGuarded(message, name.apply(position), position.offset())) {
                finding = BrokerFinding.ACKNOWLEDGED_BY_SOMEONE;
            }
        }
        return finding;
    }

    /** A copy for this group only may be what the group will get, or was parked. */
    private BrokerFinding inOwnTopics(SentMessage message, GroupSubscription group, BrokerFinding otherwise) {
        String retries = this.lookup.retryTopic(group.group());
        List<QueuePosition> coming = ask(() -> at(message.cluster()).find(retries, message));
        if (coming == null) {
            return BrokerFinding.UNANSWERED;
        }
        BrokerFinding retried = acknowledged(message, retries, coming, group, GroupHistory::retryQueue);
        if (retried == BrokerFinding.UNANSWERED || retried == BrokerFinding.ACKNOWLEDGED_BY_SOMEONE) {
            return retried;
        }
        if (retried == BrokerFinding.UNREAD) {
            return BrokerFinding.COMING_AGAIN;
        }
        Boolean deferred = ask(() -> at(message.cluster()).isDeferred(group.group(), message));
        if (deferred == null) {
            return BrokerFinding.UNANSWERED;
        }
        if (deferred) {
            return BrokerFinding.COMING_AGAIN;
        }
        List<QueuePosition> parked = ask(
                () -> at(message.cluster()).find(this.lookup.deadLetterTopic(group.group()), message));
        if (parked == null) {
            return BrokerFinding.UNANSWERED;
        }
        return parked.isEmpty() ? otherwise : BrokerFinding.PARKED;
    }

    private BrokerLookup at(String cluster) {
        return this.lookup.at(cluster);
    }

    private Location answer(Question<Location> question) {
        Location answer = ask(question);
        return (answer != null) ? answer : Location.UNANSWERED;
    }

    private <T> @Nullable T ask(Question<T> question) {
        if (this.failures >= PATIENCE) {
            return null;
        }
        try {
            T answer = question.ask();
            this.failures = 0;
            return answer;
        }
        catch (ReliableMQException ex) {
            this.failures++;
            if (this.failure == null) {
                this.failure = ex.getMessage();
            }
            logger.warn("A question to the brokers has no answer, so the verdict on messages is UNKNOWN"
                    + ((this.failures >= PATIENCE) ? "; no more is asked in this run" : ""), ex);
            return null;
        }
    }

    private static QueuePosition position(SentMessage message) {
        QueuePosition position = message.position();
        if (position == null) {
            throw new IllegalStateException("no position");
        }
        return position;
    }

    private static long offset(SentMessage message) {
        return position(message).offset();
    }

    /** Something to ask. */
    @FunctionalInterface
    private interface Question<T> {

        T ask();

    }

    private record Queue(String cluster, String topic, String broker, int id) {

        static Queue of(SentMessage message, String topic, QueuePosition position) {
            return new Queue(message.cluster(), topic, position.broker(), position.queueId());
        }

    }

    private record GroupQueue(String group, Queue queue) {
    }

    /** Where a message is, for all groups. */
    private record Location(BrokerFinding finding, List<QueuePosition> positions) {

        static final Location UNANSWERED = new Location(BrokerFinding.UNANSWERED, List.of());

        static final Location EXPIRED = new Location(BrokerFinding.EXPIRED, List.of());

        static final Location MISSING = new Location(BrokerFinding.MISSING, List.of());

        /** Acknowledged unless a group has not come to one of them. */
        static Location at(List<QueuePosition> positions) {
            return new Location(BrokerFinding.ACKNOWLEDGED, List.copyOf(positions));
        }

    }

}
