package io.reliablemq.test.contract;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterCount;
import io.reliablemq.deadletter.DeadLetterDetails;
import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetterStore;
import io.reliablemq.deadletter.DeliveryOrigin;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingFailure;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.deadletter.RecordPlace;
import io.reliablemq.deadletter.ReplayClaim;
import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.MessageId;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.retry.AttemptStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What every {@link DeadLetterStore} does whose letters are where the idempotency records
 * are. Each test uses a consumer group of its own, so one store can serve all of them.
 */
public abstract class DeadLetterStoreContract {

    private static final RecordPlace HERE = RecordPlace.WITH_LETTERS;

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static final Duration INSTANT = Duration.ofMillis(1);

    private String group = "";

    /**
     * For the test class that names the store.
     */
    protected DeadLetterStoreContract() {
    }

    /**
     * The store under test.
     * @return a store on the same letters at each call
     */
    protected abstract DeadLetterStore store();

    /**
     * The records of the same application.
     * @return a store on the same records at each call
     */
    protected abstract IdempotencyStore records();

    /**
     * The failed attempts of the same application.
     * @return a store on the same attempts at each call
     */
    protected abstract AttemptStore attempts();

    @BeforeEach
    void useAnotherGroup() {
        this.group = "GID_" + UUID.randomUUID();
    }

    /** What was parked is found as it was. */
    @Test
    protected void keepsTheWholeMessage() {
        assertThat(store().park(parking(7), HERE)).isEqualTo(ParkingResult.PARKED);
        DeadLetter letter = only();
        DeadLetterDetails details = store().get(letter.id()).orElseThrow();
        StoredMessage sent = parking(7).message();
        assertThat(details.message()).usingRecursiveComparison().isEqualTo(sent);
        assertThat(details.origin()).isEqualTo(parking(7).origin());
        assertThat(details.stackTrace()).isEqualTo("at io.example");
        assertThat(details.letter()).isEqualTo(letter);
        assertThat(letter.key()).isEqualTo(key(7));
        assertThat(letter.status()).isEqualTo(DeadLetterStatus.PARKED);
        assertThat(letter.reason()).isEqualTo(ParkingReason.EXHAUSTED);
        assertThat(letter.failures()).isEqualTo(3);
        assertThat(letter.exception()).isEqualTo("io.example.NoLuckException");
        assertThat(letter.exceptionMessage()).isEqualTo("no luck");
        assertThat(letter.parkings()).isOne();
        assertThat(letter.replays()).isZero();
        assertThat(letter.keys()).isEqualTo(sent.keys());
    }

    /** The record is parked with the letter: copies are skipped. */
    @Test
    protected void letsCopiesBeSkipped() {
        store().park(parking(7), HERE);
        assertThat(records().claim(key(7), MINUTE)).isEqualTo(new Claim.AlreadyDone());
        assertThat(records().claim(key(8), MINUTE)).isInstanceOf(Claim.Acquired.class);
    }

    /** A released claim becomes PARKED, and so does the second parking of it. */
    @Test
    protected void parksOnceWhatIsParkedTwice() {
        release(key(7));
        store().park(parking(7), HERE);
        DeadLetter first = only();
        Parking again = new Parking(key(7), parking(7).message(), parking(7).origin(), ParkingReason.NOT_RETRYABLE, 5,
                new ParkingFailure("io.example.OtherException", null, null));
        assertThat(store().park(again, HERE)).isEqualTo(ParkingResult.PARKED);
        DeadLetter second = only();
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.parkings()).isEqualTo(2);
        assertThat(second.exception()).isEqualTo("io.example.OtherException");
        assertThat(second.failures()).isEqualTo(5);
        assertThat(second.parkedAt()).isEqualTo(first.parkedAt());
        assertThat(records().claim(key(7), MINUTE)).isEqualTo(new Claim.AlreadyDone());
    }

    /** The failed attempts go with the parking, and are counted in the letter. */
    @Test
    protected void forgetsTheAttempts() {
        attempts().recordFailure(key(7), new IllegalStateException(), (failures) -> MINUTE);
        attempts().recordPostponement(key(7), MINUTE);
        store().park(parking(7), HERE);
        assertThat(attempts().find(key(7))).isEmpty();
        assertThat(only().postponements()).isOne();
    }

    /**
     * A dropped message is skipped like a parked one, dropped once, and can be replayed.
     */
    @Test
    protected void dropsOnceAndLetsItBeReplayed() {
        assertThat(store().park(dropping(7), HERE)).isEqualTo(ParkingResult.PARKED);
        assertThat(only().reason()).isEqualTo(ParkingReason.DROPPED);
        assertThat(records().claim(key(7), MINUTE)).isEqualTo(new Claim.AlreadyDone());
        assertThat(store().park(dropping(7), HERE)).as("after a crash before the acknowledgement")
            .isEqualTo(ParkingResult.ALREADY_DONE);
        assertThat(only().parkings()).isOne();

        assertThat(store().claim(only().id(), "one", null, MINUTE, HERE)).isInstanceOf(ReplayClaim.Granted.class);
        assertThat(records().claim(key(7), MINUTE)).isInstanceOf(Claim.Acquired.class);
    }

    /** What has another fate already is not dropped; what failed before is. */
    @Test
    protected void dropsOnlyWhatHasNoOtherFate() {
        complete(key(7));
        records().claim(key(8), MINUTE);
        assertThat(store().park(dropping(7), HERE)).isEqualTo(ParkingResult.ALREADY_DONE);
        assertThat(store().park(dropping(8), HERE)).isEqualTo(ParkingResult.IN_PROGRESS);
        store().park(parking(9), HERE);
        assertThat(store().park(dropping(9), HERE)).isEqualTo(ParkingResult.ALREADY_DONE);
        assertThat(only().reason()).isEqualTo(ParkingReason.EXHAUSTED);
        release(key(10));
        assertThat(store().park(dropping(10), HERE)).isEqualTo(ParkingResult.PARKED);
        assertThat(records().claim(key(10), MINUTE)).isEqualTo(new Claim.AlreadyDone());
    }

    private Parking dropping(long id) {
        return new Parking(key(id), parking(id).message(), parking(id).origin(), ParkingReason.DROPPED, 0,
                new ParkingFailure(null, "overload", null));
    }

    /** What another copy has done, or is doing, is not parked. */
    @Test
    protected void storesNothingForAMessageThatIsDoneOrInProgress() {
        complete(key(7));
        records().claim(key(8), MINUTE);
        assertThat(store().park(parking(7), HERE)).isEqualTo(ParkingResult.ALREADY_DONE);
        assertThat(store().park(parking(8), HERE)).isEqualTo(ParkingResult.IN_PROGRESS);
        assertThat(store().adopt(parking(7), HERE)).isEqualTo(ParkingResult.ALREADY_DONE);
        assertThat(store().adopt(parking(8), HERE)).isEqualTo(ParkingResult.IN_PROGRESS);
        assertThat(letters()).isEmpty();
    }

    /** Many threads park the same messages: one letter each, no parking uncounted. */
    @Test
    protected void parksTheSameMessageInManyThreads() throws Exception {
        int threads = 12;
        int messages = 10;
        for (RecordPlace place : RecordPlace.values()) {
            long first = (place == RecordPlace.WITH_LETTERS) ? 100 : 200;
            List<List<ParkingResult>> results = Concurrently.run(threads, (thread) -> {
                List<ParkingResult> parked = new ArrayList<>();
                for (int id = 0; id < messages; id++) {
                    parked.add(store().park(parking(first + id), place));
                }
                return parked;
            });
            assertThat(results).allSatisfy((parked) -> assertThat(parked).containsOnly(ParkingResult.PARKED));
        }
        assertThat(letters()).hasSize(2 * messages)
            .allSatisfy((letter) -> assertThat(letter.parkings()).isEqualTo(threads));
    }

    /** A replay is granted to one of many, and lets the next delivery in. */
    @Test
    protected void grantsAReplayToOneOfMany() throws Exception {
        store().park(parking(7), HERE);
        long id = only().id();
        List<ReplayClaim> claims = Concurrently.run(6,
                (thread) -> store().claim(id, "me-" + thread, "joe", MINUTE, HERE));
        assertThat(claims).filteredOn((claim) -> claim instanceof ReplayClaim.Granted).hasSize(1);
        assertThat(claims).filteredOn((claim) -> claim.equals(new ReplayClaim.Refused(DeadLetterStatus.REPLAYING)))
            .hasSize(5);
        DeadLetter letter = only();
        assertThat(letter.status()).isEqualTo(DeadLetterStatus.REPLAYING);
        assertThat(letter.replays()).isOne();
        assertThat(letter.changedBy()).isEqualTo("joe");
        assertThat(letter.replay().epoch()).isOne();
        assertThat(records().claim(key(7), MINUTE)).isInstanceOf(Claim.Acquired.class);
    }

    /** What the listener has processed becomes RESOLVED, and nothing brings it back. */
    @Test
    protected void resolvesWhatIsDone() {
        store().park(parking(7), HERE);
        store().park(parking(8), HERE);
        long epoch = claim(letter(7)).replay().epoch();
        claim(letter(8));
        complete(key(7));
        Polling.until(() -> {
            store().resolveDone(100);
            return letter(7).status();
        }, (status) -> status == DeadLetterStatus.RESOLVED);
        assertThat(letter(8).status()).isEqualTo(DeadLetterStatus.REPLAYING);
        store().sent(letter(7).id(), epoch, MINUTE);
        assertThat(store().takeBack(letter(7).id(), epoch, "late", MINUTE, HERE)).contains(DeadLetterStatus.RESOLVED);
        assertThat(store().claim(letter(7).id(), "me", null, MINUTE, HERE))
            .isEqualTo(new ReplayClaim.Refused(DeadLetterStatus.RESOLVED));
        assertThat(store().discard(letter(7).id(), "why", null, HERE)).contains(DeadLetterStatus.RESOLVED);
    }

    /** The listener says itself that it has processed the copy of a letter. */
    @Test
    protected void resolvesWhatWasProcessedUnderAnotherIdentity() {
        store().park(parking(7), HERE);
        store().park(parking(8), HERE);
        claim(letter(7));
        assertThat(store().resolve(letter(7).id(), HERE)).isTrue();
        assertThat(store().resolve(letter(7).id(), HERE)).isFalse();
        assertThat(records().claim(key(7), MINUTE)).isEqualTo(new Claim.AlreadyDone());
        RecordKey other = RecordKey.ofBusinessKey(this.group, "order-8", 8L);
        claim(letter(8));
        assertThat(store().resolveIfDone(letter(8).id(), other)).isFalse();
        complete(other);
        assertThat(store().resolveIfDone(letter(8).id(), other)).isTrue();
        assertThat(letter(8).status()).isEqualTo(DeadLetterStatus.RESOLVED);
    }

    /**
     * A number that was copied with the headers of a replayed message changes nothing.
     */
    @Test
    protected void leavesALetterAloneThatAnotherMessageNames() {
        store().park(parking(7), HERE);
        claim(letter(7));
        for (RecordKey foreign : List.of(key(99), RecordKey.ofMessageId("another-" + this.group, 7))) {
            complete(foreign);
            assertThat(store().resolveIfDone(letter(7).id(), foreign)).isFalse();
        }
        assertThat(letter(7).status()).isEqualTo(DeadLetterStatus.REPLAYING);
        assertThat(store().find(letter(7).id())).contains(letter(7));
        assertThat(records().claim(key(7), MINUTE)).isInstanceOf(Claim.Acquired.class);
    }

    /**
     * A letter is that of a cluster: a message of the same identity elsewhere is another.
     */
    @Test
    protected void tellsClustersApart() {
        for (String cluster : List.of("default", "second")) {
            Parking plain = parking(7);
            StoredMessage message = new StoredMessage(7L, "UNIQ-7", cluster, "orders", null, List.of(), null,
                    Map.of("RELIABLE_ID", "7"), cluster.getBytes(StandardCharsets.UTF_8), null);
            assertThat(store()
                .park(new Parking(plain.key(), message, plain.origin(), plain.reason(), 3, plain.failure()), HERE))
                .isEqualTo(ParkingResult.PARKED);
        }
        assertThat(letters()).extracting(DeadLetter::cluster).containsExactlyInAnyOrder("default", "second");
        assertThat(letters()).allSatisfy((letter) -> {
            DeadLetterDetails details = store().get(letter.id()).orElseThrow();
            assertThat(details.letter()).isEqualTo(letter);
            assertThat(details.message().cluster()).isEqualTo(letter.cluster());
            assertThat(details.message().payload()).asString(StandardCharsets.UTF_8).isEqualTo(letter.cluster());
        });
    }

    /** Letters of two messages with one id in two spaces are two letters. */
    @Test
    protected void tellsIdSpacesApart() {
        for (String space : List.of("a", "b")) {
            Parking plain = parking(7);
            StoredMessage message = new StoredMessage(7L, space, "UNIQ-" + space, StoredMessage.DEFAULT_CLUSTER,
                    "orders", null, List.of(), null, Map.of("RELIABLE_ID", "7"), new byte[] { 1 }, null);
            store().park(new Parking(RecordKey.ofMessageId(this.group, new MessageId(7, space)), message,
                    plain.origin(), plain.reason(), 3, plain.failure()), HERE);
        }
        // Ids of one millisecond are in no order.
        assertThat(letters()).extracting((letter) -> String.valueOf(letter.key().space()))
            .containsExactlyInAnyOrder("a", "b");
        assertThat(letters()).allSatisfy((letter) -> {
            StoredMessage message = store().get(letter.id()).orElseThrow().message();
            assertThat(message.space()).isEqualTo(letter.key().space());
            assertThat(message.uniqKey()).isEqualTo("UNIQ-" + letter.key().space());
        });
        DeadLetter one = claim(letters().get(0));
        assertThat(records().claim(one.key(), MINUTE)).isInstanceOf(Claim.Acquired.class);
        assertThat(records().claim(letters().get(1).key(), MINUTE)).isEqualTo(new Claim.AlreadyDone());
    }

    /** A replay whose owner died can be claimed again; the dead one changes nothing. */
    @Test
    protected void grantsAReplayAgainWhenItsTimeIsOver() {
        store().park(parking(7), HERE);
        long id = only().id();
        long dead = ((ReplayClaim.Granted) store().claim(id, "dead", null, INSTANT, HERE)).details()
            .letter()
            .replay()
            .epoch();
        Polling.until(() -> store().overdue(1000).stream().anyMatch((letter) -> letter.id() == id), (it) -> it);
        DeadLetter again = claim(only());
        assertThat(again.replay().epoch()).isGreaterThan(dead);
        store().sent(id, dead, INSTANT);
        assertThat(store().takeBack(id, dead, "late", MINUTE, HERE)).isEmpty();
        assertThat(only()).isEqualTo(again);
    }

    /** Taken back, letter and record are parked together. */
    @Test
    protected void takesAReplayBack() {
        store().park(parking(7), HERE);
        DeadLetter claimed = claim(only());
        assertThat(store().takeBack(claimed.id(), claimed.replay().epoch(), "not sent", MINUTE, HERE))
            .contains(DeadLetterStatus.PARKED);
        assertThat(only().note()).isEqualTo("not sent");
        assertThat(records().claim(key(7), MINUTE)).isEqualTo(new Claim.AlreadyDone());
        assertThat(claim(only()).replays()).isEqualTo(2);
    }

    /** A replay is not taken back while the listener is at it, or tries again later. */
    @Test
    protected void leavesAReplayToTheListener() {
        store().park(parking(7), HERE);
        store().park(parking(8), HERE);
        DeadLetter running = claim(letter(7));
        DeadLetter failing = claim(letter(8));
        records().claim(key(7), MINUTE);
        attempts().recordFailure(key(8), new IllegalStateException(), (failures) -> Duration.ofHours(1));
        for (DeadLetter letter : List.of(running, failing)) {
            assertThat(store().takeBack(letter.id(), letter.replay().epoch(), "late", MINUTE, HERE))
                .contains(DeadLetterStatus.REPLAYING);
        }
        assertThat(letter(7).replay().until()).isAfter(letter(7).updatedAt());
        assertThat(letter(8).replay().until()).isAfter(letter(8).updatedAt().plus(Duration.ofMinutes(59)));
        assertThat(store().claim(running.id(), "other", null, MINUTE, HERE)).isInstanceOf(ReplayClaim.Refused.class);
        assertThat(store().discard(running.id(), "why", null, HERE)).contains(DeadLetterStatus.REPLAYING);
    }

    /** The listener fails again: the same letter is PARKED again. */
    @Test
    protected void parksAgainWhatWasReplayed() {
        store().park(parking(7), HERE);
        DeadLetter replayed = claim(only());
        release(key(7));
        store().park(parking(7), HERE);
        DeadLetter letter = only();
        assertThat(letter.id()).isEqualTo(replayed.id());
        assertThat(letter.status()).isEqualTo(DeadLetterStatus.PARKED);
        assertThat(letter.parkings()).isEqualTo(2);
        store().sent(letter.id(), replayed.replay().epoch(), MINUTE);
        assertThat(only()).isEqualTo(letter);
        assertThat(records().claim(key(7), MINUTE)).isEqualTo(new Claim.AlreadyDone());
    }

    /** Discarded, a message is skipped for good. */
    @Test
    protected void discards() {
        store().park(parking(7), HERE);
        assertThat(store().discard(only().id(), "of no use", "joe", HERE)).contains(DeadLetterStatus.DISCARDED);
        assertThat(only().note()).isEqualTo("of no use");
        assertThat(only().changedBy()).isEqualTo("joe");
        assertThat(records().claim(key(7), MINUTE)).isEqualTo(new Claim.AlreadyDone());
        assertThat(store().claim(only().id(), "me", null, MINUTE, HERE))
            .isEqualTo(new ReplayClaim.Refused(DeadLetterStatus.DISCARDED));
        assertThat(store().park(parking(7), HERE)).isEqualTo(ParkingResult.ALREADY_DONE);
        assertThat(store().discard(-1, "nothing", null, HERE)).isEmpty();
        assertThat(store().claim(-1, "me", null, MINUTE, HERE)).isEqualTo(new ReplayClaim.Unknown());
        assertThat(store().get(-1)).isEmpty();
    }

    /** Adopting changes no letter that exists. */
    @Test
    protected void adoptsWhatItDoesNotKnow() {
        assertThat(store().adopt(parking(7), HERE)).isEqualTo(ParkingResult.PARKED);
        assertThat(records().claim(key(7), MINUTE)).isEqualTo(new Claim.AlreadyDone());
        DeadLetter letter = claim(only());
        assertThat(store().adopt(parking(7), HERE)).isEqualTo(ParkingResult.ALREADY_DONE);
        assertThat(only()).isEqualTo(letter);
        assertThat(records().claim(key(7), MINUTE)).isInstanceOf(Claim.Acquired.class);
    }

    /** Filters, pages and counts. */
    @Test
    protected void findsByEveryCondition() {
        for (long id = 1; id <= 5; id++) {
            store().park(parking(id), HERE);
        }
        DeadLetterFilter here = DeadLetterFilter.all().withGroup(this.group);
        List<DeadLetter> first = store().find(here, 0, 3);
        assertThat(first).hasSize(3).isSortedAccordingTo((one, other) -> Long.compare(one.id(), other.id()));
        assertThat(store().find(here, first.get(2).id(), 3)).hasSize(2);
        store().discard(first.get(0).id(), "why", null, HERE);
        assertThat(store().find(here.withStatus(DeadLetterStatus.DISCARDED), 0, 9)).hasSize(1);
        assertThat(store().find(here.withTopic("orders"), 0, 9)).hasSize(5);
        assertThat(store().find(here.withTopic("Orders"), 0, 9)).isEmpty();
        assertThat(store().find(here.withException("NoLuckException"), 0, 9)).hasSize(5);
        assertThat(store().find(here.withException("io.example.NoLuckException"), 0, 9)).hasSize(5);
        assertThat(store().find(here.withException("LuckException"), 0, 9)).isEmpty();
        assertThat(store().find(here.withException("%"), 0, 9)).isEmpty();
        // Ids of one millisecond are in no order.
        Instant from = store().find(here, 0, 9)
            .stream()
            .map(DeadLetter::parkedAt)
            .min(Instant::compareTo)
            .orElseThrow();
        assertThat(store().find(here.parkedBetween(from, from.plusSeconds(600)), 0, 9)).hasSize(5);
        assertThat(store().find(here.parkedBetween(null, from), 0, 9)).isEmpty();
        List<DeadLetterCount> counts = store().count(here);
        assertThat(counts).map(DeadLetterCount::status)
            .containsExactly(DeadLetterStatus.PARKED, DeadLetterStatus.DISCARDED);
        assertThat(counts.get(0).count()).isEqualTo(4);
        assertThat(counts.get(0).exception()).isEqualTo("io.example.NoLuckException");
    }

    /** Only what is over goes, and a parked record stays as long as its letter. */
    @Test
    protected void purgesWhatIsOver() {
        for (long id = 1; id <= 3; id++) {
            store().park(parking(id), HERE);
        }
        store().discard(letter(1).id(), "why", null, HERE);
        claim(letter(2));
        complete(key(2));
        store().resolveDone(1000);
        assertThat(letter(2).status()).isEqualTo(DeadLetterStatus.RESOLVED);
        store().purge(Duration.ofDays(1), 1000);
        assertThat(letters()).hasSize(3);
        Polling.until(() -> {
            store().purge(INSTANT, 1);
            return letters().size();
        }, (left) -> left == 1);
        assertThat(only().status()).isEqualTo(DeadLetterStatus.PARKED);
        Polling.until(() -> records().purge(this.group, INSTANT, 10) + (isRemembered(1) ? 0 : 1), (it) -> it > 0);
        records().purge(this.group, INSTANT, 10);
        assertThat(isRemembered(3)).isTrue();
    }

    private boolean isRemembered(long id) {
        Claim claim = records().claim(key(id), INSTANT);
        return claim instanceof Claim.AlreadyDone;
    }

    /** Texts that are too long, or that a database refuses, are made to fit. */
    @Test
    protected void fitsWhatAListenerThrows() {
        String longText = String.join("", Collections.nCopies(3000, "\u00e4\0\ud83d\ude00"));
        Parking parking = parking(7);
        store().park(new Parking(parking.key(), parking.message(), parking.origin(), parking.reason(), 1,
                new ParkingFailure(longText, longText, longText)), HERE);
        DeadLetter letter = only();
        assertThat(letter.exceptionMessage()).hasSize(1000).startsWith("\u00e4?");
        claim(letter);
        assertThat(store().takeBack(letter.id(), 1, longText.replace("\0", "").substring(0, 2000), MINUTE, HERE))
            .contains(DeadLetterStatus.PARKED);
    }

    /**
     * Whatever a foreign sender wrote into a message: it is parked at once, and read and
     * replayed as it was.
     */
    @Test
    protected void storesWhateverTheMessageHolds() {
        List<String> poison = List.of("a\0b", "\0", "k".repeat(256), "\u00e4".repeat(200), "\ud83d\ude00".repeat(100),
                "u".repeat(300), "\u0003\u0007", "k".repeat(30_000));
        Set<String> notes = new TreeSet<>();
        long id = 1;
        for (String text : poison) {
            for (StoredMessage message : holding(text, id)) {
                Parking parking = new Parking(key(id), message, parking(id).origin(), ParkingReason.EXHAUSTED, 1,
                        new ParkingFailure(text, text, text));
                RecordPlace place = (id % 2 == 0) ? HERE : RecordPlace.ELSEWHERE;
                ParkingResult result = (id % 3 == 0) ? store().adopt(parking, place) : store().park(parking, place);
                assertThat(result).as(message.headers().getOrDefault("case", "all of it"))
                    .isEqualTo(ParkingResult.PARKED);
                DeadLetterDetails details = store().get(letter(id).id()).orElseThrow();
                assertThat(details.complete()).isTrue();
                assertThat(details.message()).usingRecursiveComparison().isEqualTo(message);
                assertThat(store().park(parking, place)).isEqualTo(ParkingResult.PARKED);
                assertThat(letter(id).parkings()).isEqualTo(2);
                notes.add(String.valueOf(letter(id).note()));
                assertThat(claim(letter(id)).status()).isEqualTo(DeadLetterStatus.REPLAYING);
                id++;
            }
        }
        assertThat(notes).anyMatch((note) -> note.contains("keys")).anyMatch((note) -> note.contains("ordering key"));
    }

    private List<StoredMessage> holding(String text, long id) {
        StoredMessage sane = parking(id).message();
        byte[] payload = sane.payload();
        String cluster = sane.cluster();
        Map<String, String> headers = Map.of("case", "text " + id);
        return List.of(new StoredMessage(id, "U", cluster, "orders", text, List.of("k"), "o", headers, payload, null),
                new StoredMessage(id + 1, "U", cluster, "orders", null, List.of("k", text), "o", headers, payload,
                        null),
                new StoredMessage(id + 2, "U", cluster, "orders", "t", List.of(), text, headers, payload, null),
                new StoredMessage(id + 3, text, cluster, "orders", "t", List.of(), null, headers, payload, null),
                new StoredMessage(id + 4, null, cluster, "orders", null, List.of(), null,
                        Map.of("case", "header " + id, text, text, "RELIABLE_SPACE", text), payload, null),
                new StoredMessage(id + 5, text, cluster, "orders", text, List.of(text), text, Map.of(text, text),
                        text.getBytes(StandardCharsets.UTF_8), null));
    }

    /** Half a surrogate pair cannot be stored at all: it becomes a question mark. */
    @Test
    protected void storesWhatIsNoText() {
        StoredMessage message = new StoredMessage(7L, "U\ud800", StoredMessage.DEFAULT_CLUSTER, "orders", "t\udc00",
                List.of("k\ud83d"), "o\ud83d", Map.of("h\ud83d", "v\udc00"), new byte[] { 0 }, null);
        assertThat(store().park(new Parking(key(7), message, parking(7).origin(), ParkingReason.EXHAUSTED, 1,
                new ParkingFailure(null, "m\ud83d", "s\udc00")), HERE))
            .isEqualTo(ParkingResult.PARKED);
        assertThat(only().keys()).containsExactly("k?");
        assertThat(store().get(only().id()).orElseThrow().message().tag()).isEqualTo("t?");
    }

    /**
     * A business key that is used again after its record was purged: the letter holds the
     * new message, and says what it held before.
     */
    @Test
    protected void takesTheNewMessageWhenItIsParkedAgain() {
        RecordKey first = RecordKey.ofBusinessKey(this.group, "c-1:SUSPENDED", 1L);
        RecordKey second = RecordKey.ofBusinessKey(this.group, "c-1:SUSPENDED", 2L);
        store().park(parking(first, parking(1).message()), HERE);
        DeadLetter before = only();
        claim(before);
        complete(first);
        store().resolve(before.id(), HERE);
        forgetRecord(first);

        release(second);
        assertThat(store().park(parking(second, parking(2).message()), HERE)).isEqualTo(ParkingResult.PARKED);
        DeadLetterDetails details = store().get(only().id()).orElseThrow();
        assertThat(details.message()).usingRecursiveComparison().isEqualTo(parking(2).message());
        assertThat(details.letter().key()).isEqualTo(second);
        assertThat(details.letter().status()).isEqualTo(DeadLetterStatus.PARKED);
        assertThat(details.letter().note()).contains("RESOLVED", "id 1", "UNIQ-1", "broker-a, queue 3, offset 42");
        assertThat(details.letter().parkings()).isEqualTo(2);
        assertThat(details.letter().parkedAt()).isAfterOrEqualTo(before.updatedAt());
    }

    /** The same when the new message is found in the dead-letter topic. */
    @Test
    protected void adoptsTheNewMessageOfALetterThatIsOver() {
        RecordKey first = RecordKey.ofBusinessKey(this.group, "k", 1L);
        RecordKey second = RecordKey.ofBusinessKey(this.group, "k", 2L);
        store().park(parking(first, parking(1).message()), HERE);
        assertThat(store().adopt(parking(second, parking(2).message()), HERE)).as("a duplicate of what is parked")
            .isEqualTo(ParkingResult.ALREADY_DONE);
        claim(only());
        complete(first);
        store().resolve(only().id(), HERE);
        assertThat(store().adopt(parking(second, parking(2).message()), HERE)).as("a duplicate of what is done")
            .isEqualTo(ParkingResult.ALREADY_DONE);
        forgetRecord(first);
        assertThat(store().adopt(parking(first, parking(1).message()), HERE)).as("the one that is done")
            .isEqualTo(ParkingResult.ALREADY_DONE);
        assertThat(store().adopt(parking(second, parking(2).message()), HERE)).isEqualTo(ParkingResult.PARKED);
        assertThat(store().get(only().id()).orElseThrow().message().uniqKey()).isEqualTo("UNIQ-2");
    }

    private void forgetRecord(RecordKey key) {
        Polling.until(() -> records().purge(key.group(), INSTANT, 100), (purged) -> purged > 0);
    }

    private Parking parking(RecordKey key, StoredMessage message) {
        return new Parking(key, message, parking(7).origin(), ParkingReason.EXHAUSTED, 3,
                new ParkingFailure("io.example.NoLuckException", "no luck", "at io.example"));
    }

    /** A letter can be without its payload, until that is found. */
    @Test
    protected void keepsALetterWithoutItsPayload() {
        Parking without = parking(7).without("The payload is in the attic.");
        assertThat(store().park(without, HERE)).isEqualTo(ParkingResult.PARKED);
        DeadLetterDetails details = store().get(only().id()).orElseThrow();
        assertThat(details.complete()).isFalse();
        assertThat(details.letter().note()).isEqualTo("The payload is in the attic.");
        assertThat(details.message().keys()).isEqualTo(parking(7).message().keys());
        DeadLetter replayed = claim(only());
        assertThat(store().takeBack(replayed.id(), replayed.replay().epoch(), "not sent", MINUTE, HERE))
            .contains(DeadLetterStatus.PARKED);
        assertThat(only().note()).isEqualTo("The payload is in the attic.");

        assertThat(store().adopt(parking(7), HERE)).isEqualTo(ParkingResult.PARKED);
        assertThat(store().get(only().id()).orElseThrow().complete()).isTrue();
        assertThat(store().get(only().id()).orElseThrow().message()).usingRecursiveComparison()
            .isEqualTo(parking(7).message());
        assertThat(store().park(without, HERE)).isEqualTo(ParkingResult.PARKED);
        assertThat(store().get(only().id()).orElseThrow().complete()).as("the payload stays").isTrue();
        assertThat(store().adopt(parking(7), HERE)).isEqualTo(ParkingResult.ALREADY_DONE);
    }

    /** What is to be done elsewhere is done once, and not if nothing is stored. */
    @Test
    protected void doesSomethingBeforeItIsCommitted() {
        AtomicInteger done = new AtomicInteger();
        assertThatIllegalStateException().isThrownBy(() -> store().park(parking(7), HERE, () -> {
            throw new IllegalStateException("broker away");
        }));
        assertThat(letters()).isEmpty();
        assertThat(records().claim(key(7), INSTANT)).isInstanceOf(Claim.Acquired.class);
        assertThat(store().park(parking(8), HERE, done::incrementAndGet)).isEqualTo(ParkingResult.PARKED);
        assertThat(done).hasValue(1);
        complete(key(9));
        assertThat(store().park(parking(9), HERE, done::incrementAndGet)).isEqualTo(ParkingResult.ALREADY_DONE);
        assertThat(done).hasValue(1);
    }

    /** Dropped on purpose: nobody has to decide about it, so it goes by itself. */
    @Test
    protected void purgesWhatWasDropped() {
        store().park(dropping(1), HERE);
        store().park(parking(2), HERE);
        store().park(dropping(3), HERE);
        DeadLetter replayed = claim(letter(3));
        assertThat(store().takeBack(replayed.id(), replayed.replay().epoch(), "late", MINUTE, HERE))
            .contains(DeadLetterStatus.PARKED);
        store().purge(Duration.ofDays(1), 1000);
        assertThat(letters()).hasSize(3);
        Polling.until(() -> {
            store().purge(INSTANT, 1);
            return letters().size();
        }, (left) -> left == 1);
        assertThat(only().reason()).isEqualTo(ParkingReason.EXHAUSTED);
        Polling.until(() -> {
            records().purge(this.group, INSTANT, 10);
            return isRemembered(1) || isRemembered(3);
        }, (remembered) -> !remembered);
        assertThat(isRemembered(2)).isTrue();
    }

    /** With records somewhere else nothing happens to those here. */
    @Test
    protected void leavesRecordsAloneThatAreElsewhere() {
        assertThat(store().park(parking(7), RecordPlace.ELSEWHERE)).isEqualTo(ParkingResult.PARKED);
        assertThat(store().claim(only().id(), "me", null, MINUTE, RecordPlace.ELSEWHERE))
            .isInstanceOf(ReplayClaim.Granted.class);
        assertThat(store().takeBack(only().id(), 1, "why", MINUTE, RecordPlace.ELSEWHERE))
            .contains(DeadLetterStatus.PARKED);
        assertThat(store().discard(only().id(), "why", null, RecordPlace.ELSEWHERE))
            .contains(DeadLetterStatus.DISCARDED);
        assertThat(records().claim(key(7), MINUTE)).isInstanceOf(Claim.Acquired.class);
    }

    private RecordKey key(long id) {
        return RecordKey.ofMessageId(this.group, id);
    }

    private Parking parking(long id) {
        StoredMessage message = new StoredMessage(id, "UNIQ-" + id, StoredMessage.DEFAULT_CLUSTER, "orders", "created",
                List.of(Long.toString(id), "o-7"), "customer \u00e4", Map.of("a", "b c", "RELIABLE_ID", "" + id),
                "{\"n\": 1}\0".getBytes(StandardCharsets.UTF_8), null);
        DeliveryOrigin origin = new DeliveryOrigin("broker-a", 3, 42, Instant.ofEpochMilli(1_000_000),
                Instant.ofEpochMilli(1_000_500), 2);
        return new Parking(key(id), message, origin, ParkingReason.EXHAUSTED, 3,
                new ParkingFailure("io.example.NoLuckException", "no luck", "at io.example"));
    }

    private DeadLetter claim(DeadLetter letter) {
        ReplayClaim claim = store().claim(letter.id(), "me", null, MINUTE, HERE);
        assertThat(claim).isInstanceOf(ReplayClaim.Granted.class);
        return ((ReplayClaim.Granted) claim).details().letter();
    }

    private void release(RecordKey key) {
        records().release(key, ((Claim.Acquired) records().claim(key, MINUTE)).token());
    }

    private void complete(RecordKey key) {
        records().complete(key, ((Claim.Acquired) records().claim(key, MINUTE)).token(), Duration.ofDays(1));
    }

    private List<DeadLetter> letters() {
        return store().find(DeadLetterFilter.all().withGroup(this.group), 0, 1000);
    }

    private DeadLetter letter(long id) {
        return letters().stream().filter((letter) -> letter.key().equals(key(id))).findFirst().orElseThrow();
    }

    private DeadLetter only() {
        assertThat(letters()).hasSize(1);
        return letters().get(0);
    }

}
