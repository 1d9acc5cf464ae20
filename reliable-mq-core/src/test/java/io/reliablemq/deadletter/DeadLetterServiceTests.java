package io.reliablemq.deadletter;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.ParkableRecords;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.RecordState;
import io.reliablemq.message.MessageId;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;

/**
 * Records that are not where the letters are: the letter changes first.
 */
class DeadLetterServiceTests {

    private static final Duration RETENTION = Duration.ofDays(7);

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static final RecordPlace ELSEWHERE = RecordPlace.ELSEWHERE;

    private final DeadLetterStore store = mock(DeadLetterStore.class);

    private final ParkableRecords records = mock(ParkableRecords.class);

    private final DeadLetterService letters = new DeadLetterService(this.store, (group) -> Optional.of(this.records),
            RETENTION);

    private final Parking parking = Letters.parking(7);

    private final RecordKey key = this.parking.key();

    private final DeadLetter letter = Letters.letter(7, DeadLetterStatus.PARKED);

    private final DeadLetter replaying = Letters.letter(7, DeadLetterStatus.REPLAYING);

    @Test
    void parksTheLetterAndThenTheRecord() {
        recordIs(RecordState.FREE);
        given(this.records.park(this.key)).willReturn(RecordState.PARKED);
        assertThat(this.letters.park(this.parking)).isEqualTo(ParkingResult.PARKED);
        InOrder order = inOrder(this.store, this.records);
        order.verify(this.store).park(this.parking, ELSEWHERE);
        order.verify(this.records).park(this.key);
    }

    @Test
    void doesNotSayParkedWhenTheRecordIsNot() {
        recordIs(RecordState.FREE);
        willThrow(new IdempotencyStoreException("away", null)).given(this.records).park(this.key);
        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> this.letters.park(this.parking));
    }

    @Test
    void parksNothingThatIsDoneOrInProgress() {
        recordIs(RecordState.DONE);
        assertThat(this.letters.park(this.parking)).isEqualTo(ParkingResult.ALREADY_DONE);
        assertThat(this.letters.adopt(this.parking)).isEqualTo(ParkingResult.ALREADY_DONE);
        recordIs(RecordState.CLAIMED);
        assertThat(this.letters.park(this.parking)).isEqualTo(ParkingResult.IN_PROGRESS);
        assertThat(this.letters.adopt(this.parking)).isEqualTo(ParkingResult.IN_PROGRESS);
        then(this.store).shouldHaveNoInteractions();
    }

    @Test
    void freesTheRecordWhenTheReplayIsGranted() {
        recordIs(RecordState.PARKED);
        given(this.store.claim(7, "me", null, MINUTE, ELSEWHERE))
            .willReturn(new ReplayClaim.Granted(Letters.details(this.replaying)));
        assertThat(this.letters.claim(this.letter, "me", null, MINUTE)).isInstanceOf(ReplayClaim.Granted.class);
        InOrder order = inOrder(this.store, this.records);
        order.verify(this.store).claim(7, "me", null, MINUTE, ELSEWHERE);
        order.verify(this.records).free(this.key);
    }

    @Test
    void leavesTheRecordWhenTheReplayIsRefused() {
        recordIs(RecordState.PARKED);
        given(this.store.claim(7, "me", null, MINUTE, ELSEWHERE))
            .willReturn(new ReplayClaim.Refused(DeadLetterStatus.REPLAYING));
        this.letters.claim(this.letter, "me", null, MINUTE);
        then(this.records).should().state(this.key);
        then(this.records).shouldHaveNoMoreInteractions();
    }

    @Test
    void findsOutThatTheMessageIsDone() {
        recordIs(RecordState.DONE);
        assertThat(this.letters.claim(this.letter, "me", null, MINUTE))
            .isEqualTo(new ReplayClaim.Refused(DeadLetterStatus.RESOLVED));
        assertThat(this.letters.takeBack(this.replaying, "late", MINUTE)).contains(DeadLetterStatus.RESOLVED);
        this.letters.delivered(7, this.key, false);
        then(this.store).should(times(3)).resolve(7, ELSEWHERE);
    }

    @Test
    void leavesALetterThatAnotherMessageNames() {
        given(this.store.find(7)).willReturn(Optional.of(this.replaying));
        RecordKey otherGroup = new RecordKey("other", this.key.identity(), this.key.messageId());
        List<RecordKey> others = List.of(otherGroup, RecordKey.ofMessageId("g", 8),
                RecordKey.ofMessageId("g", new MessageId(7, "elsewhere")), RecordKey.ofBusinessKey("g", "o-7", 8L),
                RecordKey.ofBusinessKey("g", "o-7", null), RecordKey.ofUniqKey("g", "U8"));
        for (RecordKey other : others) {
            recordIs(RecordState.DONE);
            this.letters.delivered(7, other, "U8", true);
            this.letters.delivered(7, other, false);
        }
        then(this.store).should(never()).resolve(anyLong(), any());
        then(this.store).should(never()).resolveIfDone(anyLong(), any());
    }

    @Test
    void resolvesALetterWhoseMessageIsKnownByAnotherKeyNow() {
        given(this.store.find(7)).willReturn(Optional.of(this.replaying));
        this.letters.delivered(7, RecordKey.ofBusinessKey("g", "o-7", 7L), true);
        then(this.store).should().resolve(7, ELSEWHERE);
    }

    @Test
    void takesTheLetterBackAndThenTheRecord() {
        recordIs(RecordState.FREE);
        given(this.store.takeBack(7, 1, "late", MINUTE, ELSEWHERE)).willReturn(Optional.of(DeadLetterStatus.PARKED));
        assertThat(this.letters.takeBack(this.replaying, "late", MINUTE)).contains(DeadLetterStatus.PARKED);
        InOrder order = inOrder(this.store, this.records);
        order.verify(this.store).takeBack(7, 1, "late", MINUTE, ELSEWHERE);
        order.verify(this.records).park(this.key);
    }

    @Test
    void leavesAReplayToTheListenerThatIsAtIt() {
        recordIs(RecordState.CLAIMED);
        assertThat(this.letters.takeBack(this.replaying, "late", MINUTE)).contains(DeadLetterStatus.REPLAYING);
        assertThat(this.letters.discard(this.replaying, "why", null)).contains(DeadLetterStatus.REPLAYING);
        assertThat(this.letters.claim(this.replaying, "me", null, MINUTE))
            .isEqualTo(new ReplayClaim.Refused(DeadLetterStatus.REPLAYING));
        then(this.store).should().sent(7, 1, MINUTE);
        then(this.store).shouldHaveNoMoreInteractions();
    }

    @Test
    void discardsTheLetterAndThenTheRecord() {
        recordIs(RecordState.PARKED);
        given(this.store.discard(7, "why", null, ELSEWHERE)).willReturn(Optional.of(DeadLetterStatus.DISCARDED));
        this.letters.discard(this.letter, "why", null);
        InOrder order = inOrder(this.store, this.records);
        order.verify(this.store).discard(7, "why", null, ELSEWHERE);
        order.verify(this.records).discard(this.key, RETENTION);
    }

    private void recordIs(RecordState state) {
        given(this.records.state(any())).willReturn(state);
    }

}
