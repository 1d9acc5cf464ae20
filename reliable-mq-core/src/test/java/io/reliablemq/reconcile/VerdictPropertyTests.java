package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random histories of a group: guarded, not guarded, both at once, or nobody; with
 * subscriptions that change, losses at the broker and in the group, delays and clocks
 * that differ. Whatever happened, a message that had its effect or was not meant for the
 * group is never called lost, and one that should have had it and did not is never
 * proven.
 */
class VerdictPropertyTests {

    private static final int STEP_SECONDS = 10;

    private static final int STEPS = 1200;

    private static final int QUEUES = 2;

    private static final Duration SKEW = Duration.ofSeconds(5);

    @Test
    void neverCallsLostWhatHadItsEffectAndNeverProvesWhatHadNot() {
        long first = new Random().nextLong();
        assertThat(run(first, 10)).as("seed %d", first).containsKeys("ACKED_NO_EFFECT lost", "SENT_LOST lost");
    }

    /** The histories are worth something only if there were real losses to find. */
    @Test
    @Tag("faults")
    void findsLossesInManyHistories() {
        long first = new Random().nextLong();
        Map<String, Integer> seen = run(first, 100);
        assertThat(seen).as("seed %d", first).containsKeys("ACKED_NO_EFFECT lost", "SENT_LOST lost");
        assertThat(seen.getOrDefault("ACKED_NO_EFFECT lost", 0)).as("seed %d: %s", first, seen)
            .isGreaterThan(seen.getOrDefault("UNKNOWN lost", 0) / 20);
    }

    private static Map<String, Integer> run(long first, int histories) {
        Map<String, Integer> seen = new TreeMap<>();
        for (long seed = first; seed < first + histories; seed++) {
            new History(seed).run(seen);
        }
        return seen;
    }

    /** Who consumes in the name of the group. */
    private enum Mode {

        NOBODY, GUARDED, UNGUARDED, BOTH

    }

    private static final class Sent {

        final SentMessage row;

        final Instant due;

        final boolean stored;

        /**
         * Whether it was subscribed to when it was due; {@code null}: at about that time.
         */
        @Nullable Boolean meant;

        boolean effect;

        boolean recorded;

        int queue = -1;

        int offset;

        Sent(SentMessage row, Instant due, boolean stored) {
            this.row = row;
            this.due = due;
            this.stored = stored;
        }

    }

    private static final class History {

        private final long seed;

        private final Random random;

        private final List<List<@Nullable Sent>> queues = new ArrayList<>();

        private final List<Sent> messages = new ArrayList<>();

        private final List<Sent> delayed = new ArrayList<>();

        private final long[] committed = new long[QUEUES];

        private final List<String> log = new ArrayList<>();

        private Mode mode = Mode.NOBODY;

        private boolean born;

        private String tags = "A";

        private int modeSince;

        private int modeUntil;

        private boolean stuck;

        private int nextLook = Integer.MAX_VALUE;

        private int changedAt = -100;

        private int instance;

        private @Nullable GroupSubscription group;

        private Instant now = Fixture.NOW;

        History(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            for (int i = 0; i < QUEUES; i++) {
                this.queues.add(new ArrayList<>());
            }
        }

        void run(Map<String, Integer> seen) {
            for (int step = 0; step < STEPS; step++) {
                this.now = Fixture.NOW.plusSeconds((long) step * STEP_SECONDS);
                changeMode(step);
                changeSubscription(step);
                send(step);
                consume();
                look(step);
                int lasts = step - this.modeSince;
                if (step % 200 == 199 || (this.mode == Mode.UNGUARDED && (lasts == 2 || lasts == 7))) {
                    compare(seen);
                }
            }
        }

        /** What lasts for less than the guarded instances look may go unnoticed. */
        private void changeMode(int step) {
            if (step < this.modeUntil) {
                return;
            }
            Mode next = Mode.values()[this.random.nextInt(Mode.values().length)];
            boolean starts = !isGuarded(this.mode) && isGuarded(next);
            this.mode = next;
            this.modeSince = step;
            this.modeUntil = step + 16 + this.random.nextInt(90);
            // A backlog that is older than the grace time.
            this.stuck = this.random.nextInt(3) == 0;
            this.log.add(step + " " + next);
            if (next == Mode.NOBODY) {
                this.nextLook = Integer.MAX_VALUE;
                return;
            }
            if (!this.born) {
                this.born = true;
                for (int queue = 0; queue < QUEUES; queue++) {
                    this.committed[queue] = this.queues.get(queue).size();
                }
            }
            if (starts) {
                this.instance++;
                register(GroupHistory.of("client-" + this.instance, Map.of(), false));
                this.nextLook = step + 1;
            }
            else if (!isGuarded(next)) {
                this.nextLook = Integer.MAX_VALUE;
            }
        }

        private static boolean isGuarded(Mode mode) {
            return mode == Mode.GUARDED || mode == Mode.BOTH;
        }

        private void changeSubscription(int step) {
            if (this.random.nextInt(150) == 0 && isGuarded(this.mode)) {
                this.tags = List.of("A", "B", "A||B", "B || A", "*").get(this.random.nextInt(5));
                this.changedAt = step;
                this.log.add(step + " '" + this.tags + "'");
                register(GroupHistory.of("client-" + this.instance, Map.of(), false));
            }
        }

        private void look(int step) {
            if (step >= this.nextLook) {
                Map<String, Long> offsets = new TreeMap<>();
                for (int queue = 0; queue < QUEUES; queue++) {
                    offsets.put("b:" + queue, this.committed[queue]);
                }
                register(GroupHistory.of("client-" + this.instance, offsets, this.mode == Mode.BOTH));
                this.nextLook = step + 6 + this.random.nextInt(2);
            }
        }

        private void register(GroupHistory told) {
            GroupSubscription subscription = new GroupSubscription("default", "points", "orders", this.tags, "TAG",
                    "CLUSTERING", false, false, Instant.EPOCH, Instant.EPOCH, Duration.ofDays(7), told);
            GroupSubscription next = (this.group != null) ? this.group.renewed(subscription, this.now)
                    : subscription.registeredAt(this.now);
            this.group = next.with(next.expectedFrom(), next.lastSeen(), GroupHistory.parse(next.history().toString()));
        }

        private void send(int step) {
            for (int i = this.random.nextInt(3); i > 0; i--) {
                long id = this.messages.size() + 1L;
                int queue = this.random.nextInt(QUEUES);
                boolean stored = this.random.nextInt(40) != 0;
                Instant sentAt = this.now.plusMillis(this.random.nextInt((int) SKEW.toMillis() * 2) - SKEW.toMillis());
                Instant deliverAt = (this.random.nextInt(10) == 0) ? this.now.plusSeconds(this.random.nextInt(1200))
                        : null;
                long offset = this.queues.get(queue).size();
                SentMessage row = new SentMessage(id, id, sentAt, "default", "orders",
                        this.random.nextBoolean() ? "A" : "B", SentState.SENT, sentAt, deliverAt, "U" + id,
                        new QueuePosition("b", queue, (deliverAt != null) ? id : offset), null);
                Sent sent = new Sent(row, (deliverAt != null) ? deliverAt : this.now, stored);
                this.messages.add(sent);
                if (deliverAt != null) {
                    this.delayed.add(sent);
                }
                else {
                    store(step, queue, sent);
                }
            }
            this.delayed.removeIf((sent) -> {
                boolean due = !sent.due.isAfter(this.now);
                if (due) {
                    store(step, this.random.nextInt(QUEUES), sent);
                }
                return due;
            });
        }

        /** A lost one leaves its place to another. */
        private void store(int step, int queue, Sent sent) {
            sent.queue = queue;
            sent.offset = this.queues.get(queue).size();
            this.queues.get(queue).add(sent.stored ? sent : null);
            boolean near = step - this.changedAt <= 6;
            boolean subscribed = this.born
                    && (this.tags.equals("*") || this.tags.contains(String.valueOf(sent.row.tag())));
            sent.meant = near ? null : Boolean.valueOf(subscribed);
        }

        private void consume() {
            if (this.mode == Mode.NOBODY || (this.stuck && this.mode == Mode.GUARDED)) {
                return;
            }
            for (int queue = 0; queue < QUEUES; queue++) {
                List<@Nullable Sent> all = this.queues.get(queue);
                int left = all.size() - (int) this.committed[queue];
                for (int i = this.random.nextInt(left + 1); i > 0; i--) {
                    Sent sent = all.get((int) this.committed[queue]++);
                    if (sent != null && (this.tags.equals("*") || this.tags.contains(String.valueOf(sent.row.tag())))) {
                        boolean guarded = this.mode == Mode.GUARDED
                                || (this.mode == Mode.BOTH && this.random.nextBoolean());
                        // Guarded and acknowledged without an effect is what is to be
                        // found.
                        sent.effect = !guarded || this.random.nextInt(40) != 0;
                        sent.recorded = guarded && sent.effect;
                    }
                }
            }
        }

        private void compare(Map<String, Integer> seen) {
            GroupSubscription group = this.group;
            if (group == null) {
                return;
            }
            for (Sent sent : this.messages) {
                Facts facts = new Facts(sent.row, group, sent.recorded ? ConsumptionState.DONE : null, Instant.EPOCH,
                        this.now, Duration.ofMinutes(10));
                Verdict verdict = DecisionTable.decide(facts, () -> finding(sent, group));
                boolean lost = !sent.effect && Boolean.TRUE.equals(sent.meant);
                boolean never = sent.effect || Boolean.FALSE.equals(sent.meant);
                assertThat(verdict.isLost() && never).as("called %s: %s", verdict, describe(sent)).isFalse();
                assertThat(verdict.isProven() && lost && expectedForSure(sent))
                    .as("proven %s: %s", verdict, describe(sent))
                    .isFalse();
                seen.merge(verdict + (lost ? " lost" : never ? " fine" : " near a change"), 1, Integer::sum);
            }
        }

        /** Before the first registration nothing is promised. */
        private boolean expectedForSure(Sent sent) {
            return sent.due.isAfter(firstRegistered().plus(SKEW));
        }

        private Instant firstRegistered() {
            return (this.group != null) ? this.group.periods()
                .values()
                .stream()
                .map(TagPeriod::since)
                .min(Instant::compareTo)
                .orElse(Instant.MAX) : Instant.MAX;
        }

        private BrokerFinding finding(Sent sent, GroupSubscription group) {
            if (sent.queue < 0) {
                return BrokerFinding.UNREAD;
            }
            if (!sent.stored) {
                return BrokerFinding.MISSING;
            }
            if (sent.offset >= this.committed[sent.queue]) {
                return BrokerFinding.UNREAD;
            }
            return group.isKnownToHaveGuarded(sent.row, "b:" + sent.queue, sent.offset) ? BrokerFinding.ACKNOWLEDGED
                    : BrokerFinding.ACKNOWLEDGED_BY_SOMEONE;
        }

        private String describe(Sent sent) {
            return "seed " + this.seed + " at " + this.now + " " + sent.row + " effect " + sent.effect + " meant "
                    + sent.meant + "\n" + this.group + "\n" + this.log;
        }

    }

}
