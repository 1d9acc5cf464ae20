package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * Both sides and a broker in memory.
 */
final class Fixture {

    static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

    static final Window WINDOW = new Window(NOW.minus(Duration.ofHours(2)), NOW);

    private Fixture() {
    }

    static SentMessage message(long id, Instant sentAt, long offset) {
        return message(id, sentAt, offset, "default");
    }

    static SentMessage message(long id, Instant sentAt, long offset, String cluster) {
        return new SentMessage(id, id, sentAt, cluster, "orders", null, SentState.SENT, sentAt, null, "U" + id,
                new QueuePosition("b", 0, offset), null);
    }

    static GroupSubscription group(String name) {
        return new GroupSubscription("default", name, "orders", "*", "TAG", "CLUSTERING", false, false, Instant.EPOCH,
                NOW, Duration.ofDays(7));
    }

    static final class Ledger implements SentLedger {

        final List<SentMessage> rows = new ArrayList<>();

        final Set<Long> resent = new HashSet<>();

        int pages;

        boolean down;

        @Override
        public List<SentMessage> page(Window window, @Nullable SentMessage after, int limit) {
            this.pages++;
            if (this.down) {
                throw new ReliableMQException("the ledger is down");
            }
            int from = (after != null) ? this.rows.indexOf(after) + 1 : 0;
            return List.copyOf(this.rows.subList(from, Math.min(this.rows.size(), from + limit)));
        }

        @Override
        public StoredMessage load(SentMessage message) {
            return new StoredMessage(message.id(), message.uniqKey(), "default", "orders", null, List.of(), null,
                    Map.of(), new byte[1], null);
        }

        @Override
        public void markResent(Collection<SentMessage> messages, Instant at) {
            messages.forEach((message) -> this.resent.add(message.id()));
        }

        @Override
        public Instant keptSince(Instant now) {
            return now.minus(Duration.ofDays(7));
        }

    }

    static final class Records implements ConsumptionRecords {

        final List<GroupSubscription> groups = new ArrayList<>();

        final Map<Long, ConsumptionState> states = new HashMap<>();

        boolean down;

        Runnable onFind = () -> {
        };

        @Override
        public List<GroupSubscription> subscriptions() {
            return this.groups;
        }

        @Override
        public Map<Long, ConsumptionState> find(String group, long[] ids) {
            if (this.down) {
                throw new ReliableMQException("the source is down");
            }
            Map<Long, ConsumptionState> found = new HashMap<>(this.states);
            this.onFind.run();
            return found;
        }

    }

    /** One queue; what was sent again is in the retry topic until it is acknowledged. */
    static final class Broker implements BrokerLookup {

        long min;

        long committed = 1000;

        long committedElsewhere;

        boolean down;

        int questions;

        final Map<Long, Long> stored = new HashMap<>();

        final Map<String, Map<Long, Long>> others = new HashMap<>();

        @Override
        public long minOffset(String topic, QueuePosition queue) {
            ask();
            return this.min;
        }

        @Override
        public boolean[] areStored(String topic, List<SentMessage> messages) {
            ask();
            boolean[] stored = new boolean[messages.size()];
            for (int i = 0; i < stored.length; i++) {
                stored[i] = Long.valueOf(messages.get(i).position().offset())
                    .equals(this.stored.get(messages.get(i).id()));
            }
            return stored;
        }

        @Override
        public List<QueuePosition> find(String topic, SentMessage message) {
            ask();
            Long offset = ("orders".equals(topic) ? this.stored : this.others.getOrDefault(topic, Map.of()))
                .get(message.id());
            return (offset != null) ? List.of(new QueuePosition("b", 0, offset)) : List.of();
        }

        @Override
        public OptionalLong committed(String group, String topic, QueuePosition queue) {
            ask();
            return OptionalLong.of("orders".equals(topic) ? this.committed : this.committedElsewhere);
        }

        @Override
        public boolean isDeferred(String group, SentMessage message) {
            return false;
        }

        @Override
        public String retryTopic(String group) {
            return "retry";
        }

        @Override
        public String deadLetterTopic(String group) {
            return "dead";
        }

        private void ask() {
            this.questions++;
            if (this.down) {
                throw new ReliableMQException("the broker is down");
            }
        }

    }

    static final class Runs implements ReconcileRuns {

        final Map<String, GroupReport> ended = new LinkedHashMap<>();

        final List<String> begun = new ArrayList<>();

        final List<String> begunOn = new ArrayList<>();

        @Nullable Instant gap;

        @Override
        public void begin(ReconcileReport run, String group) {
            this.begun.add(group);
        }

        @Override
        public void begin(ReconcileReport run, GroupReport none) {
            this.begunOn.add(none.cluster());
            begin(run, none.group());
        }

        @Override
        public void progress(ReconcileReport run, GroupReport soFar) {
        }

        @Override
        public void end(ReconcileReport run, GroupReport result) {
            this.ended.put(result.group(), result);
        }

        @Override
        public void recordGap(Instant from, Instant to, String reason) {
            this.gap = from;
        }

        @Override
        public Optional<Instant> firstGap(Window window) {
            return Optional.ofNullable(this.gap);
        }

        @Override
        public List<RecordedRun> latest(int limit) {
            return List.of();
        }

        @Override
        public int purge(Duration retention) {
            return 0;
        }

    }

}
