package io.reliablemq.backlog;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link BacklogTracker}.
 */
class BacklogTrackerTests {

    private static final long NEVER = QueueReading.NEVER;

    private final BacklogTracker tracker = new BacklogTracker(BacklogOptions.defaults());

    @Test
    void sumsWhatWaits() {
        GroupBacklog backlog = at(0, queue(0, 10, 100, 40), queue(1, 0, 7, 7), queue(2, 0, 30, 10));
        assertThat(backlog.messages()).isEqualTo(80);
        assertThat(backlog.accuracy()).isEqualTo(LagAccuracy.EXACT);
        assertThat(backlog.skew()).isCloseTo(60 / (80 / 3.0), within(1e-9));
        assertThat(backlog.state()).isEqualTo(BacklogState.HEALTHY);
        assertThat(backlog.rates()).isNull();
        assertThat(backlog.timeToDrain()).isNull();
        assertThat(backlog.queues()).extracting(QueueBacklog::messages).containsExactly(60L, 0L, 20L);
    }

    @Test
    void countsOnlyWhatIsStillThereAndTellsWhatIsLost() {
        GroupBacklog backlog = at(0, queue(0, 50, 60, 20));
        assertThat(backlog.messages()).isEqualTo(10);
        assertThat(backlog.lost()).isEqualTo(30);
    }

    @Test
    void countsFromTheOldestMessageForAGroupThatWasNeverHere() {
        TopicReading nobody = new TopicReading("g", "t", 0, null,
                List.of(queue(0, 50, 60, NEVER), queue(1, 0, 0, NEVER)));
        GroupBacklog backlog = this.tracker.assess(nobody, 0);
        assertThat(backlog.state()).isEqualTo(BacklogState.NEVER_CONSUMED);
        assertThat(backlog.messages()).isEqualTo(10);
        assertThat(backlog.lost()).isZero();
        GroupBacklog later = this.tracker.assess(nobody, TimeUnit.SECONDS.toNanos(90));
        assertThat(later.state()).isEqualTo(BacklogState.NEVER_CONSUMED);
        assertThat(later.stalledFor()).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void callsAClientStalledThatHangsInItsFirstMessage() {
        assertThat(at(0, queue(0, 0, 10, NEVER)).state()).isEqualTo(BacklogState.NEVER_CONSUMED);
        assertThat(at(59, queue(0, 0, 10, NEVER)).state()).isEqualTo(BacklogState.NEVER_CONSUMED);
        assertThat(at(60, queue(0, 0, 10, NEVER)).state()).isEqualTo(BacklogState.STALLED);
    }

    @Test
    void doesNotCallAGroupWithoutMessagesNew() {
        assertThat(at(0, queue(0, 0, 0, NEVER)).state()).isEqualTo(BacklogState.HEALTHY);
        assertThat(at(1, queue(0, 0, 5, 5), queue(1, 0, 5, NEVER)).state()).isEqualTo(BacklogState.HEALTHY);
    }

    @Test
    void measuresRatesOverTheLastPolls() {
        at(0, queue(0, 0, 100, 50));
        at(15, queue(0, 0, 130, 95));
        GroupBacklog backlog = at(30, queue(0, 0, 160, 140));
        assertThat(backlog.rates()).isEqualTo(new FlowRates(2, 3));
        assertThat(backlog.timeToDrain()).isEqualTo(Duration.ofSeconds(20));
        at(45, queue(0, 0, 190, 140));
        at(60, queue(0, 0, 190, 140));
        at(75, queue(0, 0, 190, 140));
        at(90, queue(0, 0, 190, 140));
        GroupBacklog later = at(105, queue(0, 0, 190, 140));
        assertThat(later.rates()).as("what was before a minute is forgotten").isEqualTo(new FlowRates(0, 0));
        assertThat(later.timeToDrain()).isNull();
        assertThat(at(120, queue(0, 0, 190, 190)).timeToDrain()).isZero();
    }

    @Test
    void hasNoTimeToDrainWhereTheBacklogGrows() {
        at(0, queue(0, 0, 100, 50));
        GroupBacklog backlog = at(10, queue(0, 0, 200, 100));
        assertThat(backlog.rates()).isEqualTo(new FlowRates(10, 5));
        assertThat(backlog.timeToDrain()).isNull();
    }

    @Test
    void isNotMisledByOffsetsThatWereSetBackOrQueuesThatAreNew() {
        at(0, queue(0, 0, 100, 100), queue(1, 0, 100, 50));
        GroupBacklog backlog = at(10, queue(0, 0, 100, 0), queue(1, 0, 110, 70), queue(2, 0, 1000, 1000));
        assertThat(backlog.rates()).isEqualTo(new FlowRates(1, 2));
    }

    @Test
    void doesNotMeasureRatesBetweenTwoLooksAtAlmostTheSameMoment() {
        at(0, queue(0, 0, 100, 50));
        GroupBacklog backlog = this.tracker.assess(reading(queue(0, 0, 101, 50)), TimeUnit.MILLISECONDS.toNanos(10));
        assertThat(backlog.rates()).isNull();
    }

    @Test
    void callsAQueueStalledWhoseOffsetDoesNotMoveWhileMessagesWait() {
        at(0, queue(0, 0, 100, 50), queue(1, 0, 100, 50));
        at(30, queue(0, 0, 100, 50), queue(1, 0, 100, 60));
        assertThat(at(59, queue(0, 0, 100, 50), queue(1, 0, 100, 70)).state()).isEqualTo(BacklogState.HEALTHY);
        GroupBacklog backlog = at(60, queue(0, 0, 100, 50), queue(1, 0, 100, 80));
        assertThat(backlog.state()).isEqualTo(BacklogState.STALLED);
        assertThat(backlog.stalledFor()).isEqualTo(Duration.ofMinutes(1));
        assertThat(backlog.stalledQueue()).get().extracting(QueueBacklog::queueId).isEqualTo(0);
        assertThat(backlog.queues()).extracting(QueueBacklog::stalled).containsExactly(true, false);

        GroupBacklog goesOn = at(75, queue(0, 0, 100, 51), queue(1, 0, 100, 80));
        assertThat(goesOn.state()).isEqualTo(BacklogState.HEALTHY);
        assertThat(goesOn.stalledFor()).isZero();
        assertThat(goesOn.stalledQueue()).isEmpty();
    }

    @Test
    void countsStandstillFromTheMomentWhenMessagesWait() {
        at(0, queue(0, 0, 100, 100));
        at(600, queue(0, 0, 100, 100));
        assertThat(at(615, queue(0, 0, 101, 100)).state()).isEqualTo(BacklogState.HEALTHY);
        assertThat(at(660, queue(0, 0, 101, 100)).state()).isEqualTo(BacklogState.HEALTHY);
        assertThat(at(675, queue(0, 0, 101, 100)).stalledFor()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void callsAGroupSlowWhoseMessagesWaitLongThoughItsOffsetsMove() {
        at(0, queue(0, 0, 100, 50).withAge(Duration.ofSeconds(29)));
        GroupBacklog backlog = at(60, queue(0, 0, 100, 51).withAge(Duration.ofSeconds(30)));
        assertThat(backlog.state()).isEqualTo(BacklogState.SLOW);
        assertThat(backlog.age()).isEqualTo(Duration.ofSeconds(30));
        assertThat(backlog.stalledFor()).isZero();
    }

    @Test
    void doesNotCountMessagesOfOtherTags() {
        QueueReading queue = queue(0, 0, 100, 50).withMatching(0, LagAccuracy.EXACT);
        at(0, queue);
        GroupBacklog backlog = at(600, queue, queue(1, 0, 9, 0).withMatching(3, LagAccuracy.ESTIMATED));
        assertThat(backlog.messages()).isEqualTo(3);
        assertThat(backlog.accuracy()).isEqualTo(LagAccuracy.ESTIMATED);
        assertThat(backlog.state()).isEqualTo(BacklogState.HEALTHY);
    }

    @Test
    void tellsWhatIsInFlightOnlyWhileSomebodyIsConnected() {
        QueueReading queue = new QueueReading("a", 0, 0, 100, 50, 80);
        assertThat(at(0, queue).inFlight()).isEqualTo(30);
        TopicReading nobody = new TopicReading("g", "t", 0, null, List.of(queue));
        assertThat(this.tracker.assess(nobody, 0).inFlight()).isZero();
    }

    @Test
    void countsClientsWithoutAQueue() {
        TopicReading three = new TopicReading("g", "t", 3, null, List.of(queue(0, 0, 0, 0), queue(1, 0, 0, 0)));
        assertThat(this.tracker.assess(three, 0).idle()).isOne();
        assertThat(at(1, queue(0, 0, 0, 0)).idle()).isZero();
    }

    @Test
    void tellsWhenTheOldestMessageMayBeDeleted() {
        Duration retention = Duration.ofHours(72);
        QueueReading old = queue(0, 0, 100, 50).withAge(Duration.ofHours(70));
        assertThat(this.tracker.assess(new TopicReading("g", "t", 1, retention, List.of(old)), 0).expiresIn())
            .isEqualTo(Duration.ofHours(2));
        QueueReading older = old.withAge(Duration.ofHours(80));
        assertThat(this.tracker.assess(new TopicReading("g", "t", 1, retention, List.of(older)), 0).expiresIn())
            .isZero();
        assertThat(at(0, old).expiresIn()).isNull();
    }

    @Test
    void forgetsGroupsThatAreNotWatched() {
        at(0, queue(0, 0, 1, 0));
        this.tracker.retain(List.of("g"));
        assertThat(this.tracker.remembered()).containsExactly("t");
        this.tracker.retain(List.of("other"));
        assertThat(this.tracker.remembered()).isEmpty();
    }

    @Test
    void tellsClustersApart() {
        QueueReading stands = queue(0, 0, 100, 50);
        at(0, stands);
        GroupBacklog there = this.tracker.assess(
                new TopicReading("g", "t", 1, null, List.of(queue(0, 0, 7, 0)), "second"),
                TimeUnit.SECONDS.toNanos(60));
        GroupBacklog here = at(600, stands);

        assertThat(there.title()).isEqualTo("g on t at second");
        assertThat(there.stalledFor()).isZero();
        assertThat(here.title()).isEqualTo("g on t");
        assertThat(here.state()).as("as if there were one cluster").isEqualTo(BacklogState.STALLED);
        BacklogSnapshot snapshot = new BacklogSnapshot(Instant.EPOCH, List.of(there, here), List.of(), Duration.ZERO);
        assertThat(snapshot.of("g")).containsExactly(there, here);
        assertThat(snapshot.of("g", "t")).as("behind most").contains(here);
    }

    @Test
    void addsUpWhatIsKnownOfAGroupOnTwoClusters() {
        WatchedGroup one = new WatchedGroup("g", true, true, 2, Set.of("me"), 5L, Duration.ofSeconds(1), 3L, 1L, 4L);
        WatchedGroup other = new WatchedGroup("g", false, true, 0, Set.of(), 2L, Duration.ofSeconds(9), 3L, null, 4L);

        assertThat(one.and(other))
            .isEqualTo(new WatchedGroup("g", true, true, 0, Set.of("me"), 7L, Duration.ofSeconds(9), 3L, null, 4L));
    }

    private GroupBacklog at(long seconds, QueueReading... queues) {
        return this.tracker.assess(reading(queues), TimeUnit.SECONDS.toNanos(seconds));
    }

    private static TopicReading reading(QueueReading... queues) {
        return new TopicReading("g", "t", 1, null, Arrays.asList(queues));
    }

    private static QueueReading queue(int id, long min, long max, long committed) {
        return new QueueReading("a", id, min, max, committed, NEVER);
    }

}
