package io.reliablemq.reconcile;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.ReliableMQException;
import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Reconciler}.
 */
class ReconcilerTests {

    private static final int MESSAGES = 100;

    private static final Instant SENT = Fixture.NOW.minus(Duration.ofHours(1));

    private final Fixture.Ledger ledger = new Fixture.Ledger();

    private final Fixture.Records records = new Fixture.Records();

    private final Fixture.Broker broker = new Fixture.Broker();

    private final Fixture.Runs runs = new Fixture.Runs();

    private final List<String> delivered = new ArrayList<>();

    private final AtomicInteger wakeUps = new AtomicInteger();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private Redelivery redelivery = (message, group) -> this.delivered.add(message.id() + " " + group.group());

    @BeforeEach
    void sendAndConsumeAll() {
        this.records.groups.add(Fixture.group("points"));
        for (long id = 1; id <= MESSAGES; id++) {
            this.ledger.rows.add(Fixture.message(id, SENT.plusMillis(id), id));
            this.records.states.put(id, ConsumptionState.DONE);
            this.broker.stored.put(id, id);
        }
    }

    @Test
    void provesTheWindowAndAsksNoBroker() {
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(report.counts()).isEqualTo(Map.of(Verdict.OK, (long) MESSAGES));
        assertThat(report.provenUpTo()).isEqualTo(Fixture.NOW.minus(Duration.ofMinutes(10)));
        assertThat(report.failure()).isNull();
        assertThat(this.broker.questions).isZero();
        assertThat(this.runs.ended.get("points")).isEqualTo(report);
        assertThat(this.ledger.pages).isEqualTo(MESSAGES / 10 + 1);
        assertThat(this.meters.counter("reliable.mq.reconcile.verdicts", "group", "points", "verdict", "ok").count())
            .isEqualTo(MESSAGES);
    }

    @Test
    void namesEachLossAndSendsNothingInADryRun() {
        lose(17, 42, 43);
        this.broker.stored.remove(42L);
        this.broker.min = 18;
        GroupReport report = run(options().withDryRun(true)).group("points").orElseThrow();
        assertThat(report.examples()).containsOnly(Map.entry(Verdict.EXPIRED, List.of(17L)),
                Map.entry(Verdict.SENT_LOST, List.of(42L)), Map.entry(Verdict.ACKED_NO_EFFECT, List.of(43L)));
        assertThat(report.lost()).isEqualTo(3);
        assertThat(report.provenUpTo()).isEqualTo(SENT.plusMillis(17));
        assertThat(this.delivered).isEmpty();
        assertThat(this.ledger.resent).isEmpty();
    }

    @Test
    void sendsLossesAgainToTheirGroupOnly() {
        this.records.groups.add(Fixture.group("audit"));
        lose(17);
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(report.resent()).isOne();
        assertThat(this.delivered).containsExactlyInAnyOrder("17 points", "17 audit");
        assertThat(this.ledger.resent).containsExactly(17L);
    }

    @Test
    void saysOnWhichClusterAGroupConsumes() {
        GroupSubscription there = new GroupSubscription("b:9876", "mails", "orders", "*", "TAG", "CLUSTERING", false,
                false, Instant.EPOCH, Fixture.NOW, Duration.ofDays(7));
        this.records.groups.add(there);
        this.ledger.rows
            .add(Fixture.message(MESSAGES + 1, SENT.plusMillis(MESSAGES + 1), MESSAGES + 1, "a:9876;b:9876"));
        this.ledger.rows.add(Fixture.message(MESSAGES + 2, SENT.plusMillis(MESSAGES + 2), MESSAGES + 2, "c:9876"));

        ReconcileReport report = run(options());

        assertThat(report.group("points").orElseThrow().cluster()).isEqualTo("default");
        GroupReport mails = report.group("mails").orElseThrow();
        assertThat(mails.cluster()).isEqualTo("b:9876");
        assertThat(mails.examined()).as("sent there, whatever part of the list names it").isOne();
        assertThat(this.runs.ended.get("mails")).isEqualTo(mails);
        assertThat(this.runs.begunOn).containsExactly("default", "b:9876");
    }

    @Test
    void sendsNoMoreThanAllowed() {
        lose(1, 2, 3, 4, 5);
        GroupReport report = run(options().withMaxPerRun(3)).group("points").orElseThrow();
        assertThat(report.lost()).isEqualTo(5);
        assertThat(report.resent()).isEqualTo(3);
        assertThat(this.ledger.resent).hasSize(3);
    }

    @Test
    void doesNotSendWhatWasConsumedWhileTheBrokerWasAsked() {
        lose(7);
        this.records.onFind = () -> this.records.states.put(7L, ConsumptionState.DONE);
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(report.counts()).isEqualTo(Map.of(Verdict.OK, (long) MESSAGES));
        assertThat(this.delivered).isEmpty();
    }

    @Test
    void doesNotSendWhatWasClaimedWhileTheBrokerWasAskedAndMayHaveHadItsEffect() {
        lose(7);
        this.broker.min = 8;
        this.records.onFind = () -> this.records.states.put(7L, ConsumptionState.UNCERTAIN);
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(report.examples()).containsOnly(Map.entry(Verdict.UNCERTAIN, List.of(7L)));
        assertThat(this.delivered).isEmpty();
    }

    @Test
    void provesNothingWhereTheLedgerMayHaveBeenPurgedWhileItWasRead() {
        AtomicInteger pages = new AtomicInteger();
        SentLedger purged = purgedWithEachPage(pages);
        GroupReport report = reconciler(options(), new GroupSources(this.records, Map.of()), purged).run(Fixture.WINDOW)
            .group("points")
            .orElseThrow();
        assertThat(report.provenUpTo()).isNull();
        assertThat(report.failure()).contains("may be deleted already");
    }

    /** It was sent late, and its records are there. */
    @Test
    void comparesWhatIsLeftOfAWindowThatWasPurgedAndProvesNothing() {
        lose(7);
        SentLedger purged = purgedWithEachPage(new AtomicInteger(1_000_000));
        GroupReport report = reconciler(options(), new GroupSources(this.records, Map.of()), purged).run(Fixture.WINDOW)
            .group("points")
            .orElseThrow();
        assertThat(report.counts()).isEqualTo(Map.of(Verdict.OK, MESSAGES - 1L, Verdict.ACKED_NO_EFFECT, 1L));
        assertThat(report.provenUpTo()).isNull();
        assertThat(report.failure()).contains("may be deleted already");
    }

    private SentLedger purgedWithEachPage(AtomicInteger pages) {
        return new SentLedger() {

            @Override
            public List<SentMessage> page(Window window, @Nullable SentMessage after, int limit) {
                pages.incrementAndGet();
                return ReconcilerTests.this.ledger.page(window, after, limit);
            }

            @Override
            public @Nullable StoredMessage load(SentMessage message) {
                return null;
            }

            @Override
            public void markResent(Collection<SentMessage> messages, Instant at) {
            }

            @Override
            public Instant keptSince(Instant now) {
                return Fixture.WINDOW.from().minus(Duration.ofMinutes(15)).plus(Duration.ofMinutes(pages.get()));
            }

        };
    }

    @Test
    void onlyReportsABacklog() {
        lose(99, 100);
        this.broker.committed = 99;
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(report.examples()).isEqualTo(Map.of(Verdict.STORED_UNCONSUMED, List.of(99L, 100L)));
        assertThat(report.provenUpTo()).isEqualTo(SENT.plusMillis(99));
        assertThat(this.delivered).isEmpty();
    }

    @Test
    void doesNotSendWhatWaitsInTheRetryTopicOrIsParked() {
        lose(17, 18);
        this.broker.others.put("retry", Map.of(17L, 5L));
        this.broker.others.put("dead", Map.of(18L, 5L));
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(report.examples()).containsOnly(Map.entry(Verdict.IN_RETRY, List.of(17L)),
                Map.entry(Verdict.IN_DEAD_LETTER, List.of(18L)));
        assertThat(this.delivered).isEmpty();
    }

    @Test
    void findsByTheIndexWhatIsNotWhereTheLedgerSays() {
        lose(17);
        this.broker.stored.put(17L, 217L);
        assertThat(run(options()).count(Verdict.ACKED_NO_EFFECT)).isOne();
    }

    @Test
    void looksForADelayedMessageInTheIndexOnly() {
        lose(17);
        SentMessage plain = this.ledger.rows.get(16);
        this.ledger.rows.set(16, new SentMessage(17, 17, plain.recordedAt(), "default", "orders", null, SentState.SENT,
                plain.sentAt(), plain.sentAt(), "U17", new QueuePosition("b", 9, 1), null));
        assertThat(run(options()).count(Verdict.ACKED_NO_EFFECT)).isOne();
    }

    @ParameterizedTest
    @CsvSource({ "false, false, ACKED_NO_EFFECT", "false, true, EXPIRED", "true, false, UNKNOWN",
            "true, true, UNKNOWN" })
    void doesNotCallLostWhatTheGroupHasReadSinceItWasLastSeenToBeGuarded(boolean since, boolean deleted,
            Verdict verdict) {
        lose(7);
        this.broker.min = deleted ? 8 : 0;
        lastSeenWith(Map.of("b:0", since ? 7L : 8L));
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(report.examples()).containsOnly(Map.entry(verdict, List.of(7L)));
    }

    @Test
    void callsExpiredWhatNobodyCanHaveReadBeforeItWasDeleted() {
        lose(7);
        this.broker.min = 8;
        this.broker.committed = 7;
        lastSeenWith(Map.of("b:0", 7L));
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(report.examples()).containsOnly(Map.entry(Verdict.EXPIRED, List.of(7L)));
    }

    @ParameterizedTest
    @CsvSource({ "false, ACKED_NO_EFFECT", "true, UNKNOWN" })
    void doesNotCallLostWhoseCopyTheGroupHasReadSinceItWasLastSeenToBeGuarded(boolean since, Verdict verdict) {
        lose(7);
        this.broker.others.put("retry", Map.of(7L, 3L));
        this.broker.committedElsewhere = 4;
        lastSeenWith(Map.of("b:0", 1000L, "retry:b:0", since ? 3L : 4L));
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(report.examples()).containsOnly(Map.entry(verdict, List.of(7L)));
    }

    private void lastSeenWith(Map<String, Long> offsets) {
        GroupSubscription known = this.records.groups.remove(0);
        this.records.groups.add(known.with(Instant.EPOCH, Fixture.NOW, GroupHistory.of("client", offsets, false)));
    }

    @Test
    void aRegistrationThatCannotBeReadIsTheMatterOfItsGroupOnly() {
        lose(7);
        GroupSubscription other = Fixture.group("other");
        this.records.groups
            .add(other.with(Instant.EPOCH, Fixture.NOW, GroupHistory.parse("something of a newer version")));
        ReconcileReport report = run(options());
        assertThat(report.group("points").orElseThrow().examples())
            .containsOnly(Map.entry(Verdict.ACKED_NO_EFFECT, List.of(7L)));
        assertThat(report.group("points").orElseThrow().failure()).isNull();
        GroupReport unread = report.group("other").orElseThrow();
        assertThat(unread.examples()).containsOnly(Map.entry(Verdict.UNKNOWN, List.of(7L)));
        assertThat(unread.failure()).contains("cannot be read");
        assertThat(this.delivered).containsExactly("7 points");
    }

    @Test
    void wakesTheRelayForWhatIsNotSent() {
        lose(17);
        SentMessage plain = this.ledger.rows.get(16);
        this.ledger.rows.set(16, new SentMessage(17, 17, plain.recordedAt(), "default", "orders", null,
                SentState.NOT_SENT, null, null, null, null, null));
        assertThat(run(options()).count(Verdict.NOT_SENT)).isOne();
        assertThat(this.wakeUps).hasValue(1);
        assertThat(this.delivered).isEmpty();
    }

    @Test
    void doesNotKnowAGroupWhoseSourceIsDown() {
        Fixture.Records remote = new Fixture.Records();
        remote.groups.add(Fixture.group("remote"));
        remote.down = true;
        lose(17);
        ReconcileReport report = run(options(), new GroupSources(this.records, Map.of("remote", remote)));
        GroupReport unknown = report.group("remote").orElseThrow();
        assertThat(unknown.counts()).isEqualTo(Map.of(Verdict.UNKNOWN, (long) MESSAGES));
        assertThat(unknown.provenUpTo()).isNull();
        assertThat(unknown.failure()).contains("the source is down");
        assertThat(this.delivered).containsExactly("17 points");
    }

    @Test
    void doesNotKnowAGroupThatItsSourceDoesNotKnow() {
        ReconcileReport report = run(options(),
                new GroupSources(this.records, Map.of("remote", new Fixture.Records())));
        GroupReport unknown = report.group("remote").orElseThrow();
        assertThat(unknown.provenUpTo()).isNull();
        assertThat(unknown.failure()).contains("does not know it");
    }

    @Test
    void readsItsOwnGroupsWhereTheirRecordsAre() {
        Fixture.Records apart = new Fixture.Records();
        apart.groups.add(Fixture.group("quick"));
        apart.groups.add(Fixture.group("of another application"));
        apart.states.putAll(this.records.states);
        apart.states.remove(17L);
        ReconcileReport report = run(options(), new GroupSources(this.records, Map.of(), () -> Map.of("quick", apart)));
        assertThat(report.groups()).extracting(GroupReport::group).containsExactlyInAnyOrder("points", "quick");
        assertThat(report.group("quick").orElseThrow().examples())
            .isEqualTo(Map.of(Verdict.ACKED_NO_EFFECT, List.of(17L)));
        assertThat(this.delivered).containsExactly("17 quick");
    }

    @Test
    void doesNotKnowItsOwnGroupThatIsNotRegisteredInItsStore() {
        ReconcileReport report = run(options(),
                new GroupSources(this.records, Map.of(), () -> Map.of("quick", new Fixture.Records())));
        GroupReport unknown = report.group("quick").orElseThrow();
        assertThat(unknown.provenUpTo()).isNull();
        assertThat(unknown.failure()).contains("is not registered in the store of its records");
    }

    @Test
    void prefersTheSourceThatIsConfigured() {
        Fixture.Records apart = new Fixture.Records();
        apart.down = true;
        ReconcileReport report = run(options(),
                new GroupSources(null, Map.of("points", this.records), () -> Map.of("points", apart)));
        assertThat(report.group("points").orElseThrow().counts()).isEqualTo(Map.of(Verdict.OK, (long) MESSAGES));
    }

    /** Until then its records were in the other store, or are there all the time. */
    @ParameterizedTest
    @CsvSource({ "-3h, -3h, false", "-1h, -1h, true", "-3h, -1h, true", "0h, -3h, true" })
    void doesNotKnowWhatAGroupConsumedBeforeItCameToItsStore(String lastSeen, String expectedFrom, boolean unknown) {
        Instant left = Fixture.NOW.plus(Duration.parse("PT" + lastSeen));
        Instant came = Fixture.NOW.plus(Duration.parse("PT" + expectedFrom));
        this.records.groups.clear();
        this.records.groups.add(Fixture.group("moved").with(Instant.EPOCH, left, GroupHistory.NONE));
        Fixture.Records apart = new Fixture.Records();
        apart.groups.add(Fixture.group("moved").with(came, Fixture.NOW, GroupHistory.NONE));
        lose(17);
        apart.states.putAll(this.records.states);
        GroupReport report = run(options(), new GroupSources(this.records, Map.of(), () -> Map.of("moved", apart)))
            .group("moved")
            .orElseThrow();
        assertThat(report.count(Verdict.ACKED_NO_EFFECT)).isEqualTo(unknown ? 0 : 1);
        assertThat(report.count(Verdict.UNKNOWN)).isEqualTo(unknown ? MESSAGES : 0);
        assertThat(report.failure() != null).isEqualTo(unknown);
        assertThat(this.delivered).hasSize(unknown ? 0 : 1);
    }

    @Test
    void doesNotKnowWhatTheBrokerDoesNotSay() {
        lose(17, 18, 19, 20, 21);
        this.broker.down = true;
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(report.count(Verdict.UNKNOWN)).isEqualTo(5);
        assertThat(report.failure()).contains("the broker is down");
        assertThat(report.provenUpTo()).isEqualTo(SENT.plusMillis(17));
        assertThat(this.broker.questions).isLessThanOrEqualTo(3);
        assertThat(this.delivered).isEmpty();
    }

    @Test
    void refusesAWindowWhoseRecordsMayBePurged() {
        lose(17);
        Window old = new Window(Fixture.NOW.minus(Duration.ofDays(7)), Fixture.NOW);
        GroupReport report = reconciler(options(), new GroupSources(this.records, Map.of())).run(old)
            .group("points")
            .orElseThrow();
        assertThat(report.counts()).isEqualTo(Map.of(Verdict.UNKNOWN, (long) MESSAGES));
        assertThat(report.failure()).contains("may be deleted already");
        assertThat(report.provenUpTo()).isNull();
        assertThat(this.delivered).isEmpty();
    }

    @Test
    void provesNothingBeyondAGapOfTheLedger() {
        this.runs.gap = SENT;
        assertThat(run(options()).group("points").orElseThrow().provenUpTo()).isEqualTo(SENT);
        this.runs.gap = Fixture.WINDOW.from();
        assertThat(run(options()).group("points").orElseThrow().provenUpTo()).isNull();
    }

    @Test
    void stopsSendingToAGroupThatCannotBeReached() {
        lose(17, 18);
        AtomicInteger attempts = new AtomicInteger();
        this.redelivery = (message, group) -> {
            attempts.incrementAndGet();
            throw new ReliableMQException("not confirmed");
        };
        GroupReport report = run(options()).group("points").orElseThrow();
        assertThat(attempts).hasValue(1);
        assertThat(report.resent()).isZero();
        assertThat(report.failure()).isEqualTo("not confirmed");
        assertThat(this.ledger.resent).isEmpty();
    }

    @Test
    void recordsARunThatFails() {
        this.ledger.down = true;
        assertThatExceptionOfType(ReliableMQException.class).isThrownBy(() -> run(options()));
        assertThat(this.runs.ended.get("points").failure()).isEqualTo("the ledger is down");
        assertThat(this.runs.ended.get("points").provenUpTo()).isNull();
    }

    @Test
    void leavesOutWhatCannotBeCompared() {
        this.records.groups.clear();
        GroupSubscription group = Fixture.group("points");
        this.records.groups.add(new GroupSubscription("default", "points", "orders", "a > 1", "SQL92", "CLUSTERING",
                false, false, Instant.EPOCH, Fixture.NOW, group.retention()));
        assertThat(run(options()).groups()).isEmpty();
    }

    private void lose(long... ids) {
        for (long id : ids) {
            this.records.states.remove(id);
        }
    }

    private static ReconcileOptions options() {
        return ReconcileOptions.defaults().withDryRun(false).withRate(1_000_000).withPageSize(10);
    }

    private ReconcileReport run(ReconcileOptions options) {
        return run(options, new GroupSources(this.records, Map.of()));
    }

    private ReconcileReport run(ReconcileOptions options, GroupSources sources) {
        return reconciler(options, sources).run(Fixture.WINDOW);
    }

    private Reconciler reconciler(ReconcileOptions options, GroupSources sources) {
        return reconciler(options, sources, this.ledger);
    }

    private Reconciler reconciler(ReconcileOptions options, GroupSources sources, SentLedger ledger) {
        return new Reconciler(List.of(ledger), sources, this.broker,
                (message, group) -> this.redelivery.deliver(message, group), this.runs, options,
                this.wakeUps::incrementAndGet, new AtomicLong()::incrementAndGet, this.meters, clock());
    }

    private static Clock clock() {
        return Clock.fixed(Fixture.NOW, ZoneOffset.UTC);
    }

}
