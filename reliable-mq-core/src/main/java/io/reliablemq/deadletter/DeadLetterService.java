package io.reliablemq.deadletter;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

import io.reliablemq.Internal;
import io.reliablemq.idempotency.DroppableRecords;
import io.reliablemq.idempotency.ParkableRecords;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.RecordState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Letters and the records of their messages. Where both are in one database they change
 * together. Where the records are elsewhere, the letter changes first and the record
 * after it: a crash between leaves a letter without a parked record (the message comes
 * again, is processed and parked once more, or succeeds; then the next replay finds it
 * done), or a REPLAYING letter whose record is still parked (its time runs out).
 */
@Internal
public final class DeadLetterService {

    private static final Logger logger = LoggerFactory.getLogger(DeadLetterService.class);

    private final DeadLetterStore store;

    private final Function<String, Optional<ParkableRecords>> elsewhere;

    private final Duration retention;

    /**
     * Creates a letter box.
     * @param store where the letters are
     * @param elsewhere the records of a group that are not in the store's database
     * @param retention how long the records of discarded messages are remembered there
     */
    public DeadLetterService(DeadLetterStore store, Function<String, Optional<ParkableRecords>> elsewhere,
            Duration retention) {
        this.store = store;
        this.elsewhere = elsewhere;
        this.retention = retention;
    }

    DeadLetterStore store() {
        return this.store;
    }

    /**
     * Parks a message. It may be acknowledged unless the answer is IN_PROGRESS.
     * @param parking what to park
     * @return what became of it
     */
    public ParkingResult park(Parking parking) {
        return park(parking, (place) -> this.store.park(parking, place));
    }

    /**
     * Parks a message and does something else before that is committed, as
     * {@link DeadLetterStore#park(Parking, RecordPlace, Runnable)} does.
     * @param parking what to park
     * @param beforeCommit what to do, if the letter is stored
     * @return what became of it
     */
    public ParkingResult park(Parking parking, Runnable beforeCommit) {
        return park(parking, (place) -> this.store.park(parking, place, beforeCommit));
    }

    private ParkingResult park(Parking parking, Function<RecordPlace, ParkingResult> storing) {
        ParkableRecords records = recordsOf(parking.key());
        if (records == null) {
            return storing.apply(RecordPlace.WITH_LETTERS);
        }
        RecordState state = records.state(parking.key());
        if (parking.reason() == ParkingReason.DROPPED && state == RecordState.PARKED) {
            // It has another fate already, or was dropped before.
            return ParkingResult.ALREADY_DONE;
        }
        ParkingResult possible = result(state);
        if (possible == ParkingResult.PARKED) {
            ParkingResult stored = storing.apply(RecordPlace.ELSEWHERE);
            return (stored == ParkingResult.IN_PROGRESS) ? stored
                    : result(parkRecord(records, parking.key(), parking.reason()));
        }
        return possible;
    }

    /** What is dropped expires, unlike what is parked. */
    private static RecordState parkRecord(ParkableRecords records, RecordKey key, ParkingReason reason) {
        return (reason == ParkingReason.DROPPED && records instanceof DroppableRecords droppable) ? droppable.drop(key)
                : records.park(key);
    }

    /**
     * Stores a message that was found in a dead-letter topic.
     * @param parking what to park
     * @return what became of it
     */
    ParkingResult adopt(Parking parking) {
        try {
            return adoptWhole(parking);
        }
        catch (UnstorableLetterException ex) {
            DeliveryOrigin origin = parking.origin();
            return adoptWhole(parking.without(ex.getMessage() + ". The payload is in the group's %DLQ% topic, at "
                    + origin.brokerName() + ", queue " + origin.queueId() + ", offset " + origin.queueOffset()
                    + ", until it expires there."));
        }
    }

    private ParkingResult adoptWhole(Parking parking) {
        ParkableRecords records = recordsOf(parking.key());
        if (records == null) {
            return this.store.adopt(parking, RecordPlace.WITH_LETTERS);
        }
        ParkingResult possible = result(records.state(parking.key()));
        if (possible == ParkingResult.PARKED
                && this.store.adopt(parking, RecordPlace.ELSEWHERE) == ParkingResult.PARKED) {
            return result(records.park(parking.key()));
        }
        return (possible == ParkingResult.PARKED) ? ParkingResult.ALREADY_DONE : possible;
    }

    /**
     * Notes what became of a copy that was made of a letter. Nothing happens if the
     * message is not the letter's: its number may have been copied with the headers of a
     * replayed message.
     * @param letterId number of the letter
     * @param key the record under which the copy was delivered
     * @param processed as below
     */
    public void delivered(long letterId, RecordKey key, boolean processed) {
        delivered(letterId, key, null, processed);
    }

    /**
     * Notes what became of a copy that was made of a letter. Does nothing if the letter
     * is another group's or another message's. One that was parked under another identity
     * (its key could not be read then) is known by its id and space or its UNIQ_KEY.
     * @param letterId number of the letter
     * @param key the record under which the copy was delivered
     * @param uniqKey the copy's UNIQ_KEY, if it is known
     * @param processed {@code true} if the listener has processed it, {@code false} if it
     * was skipped
     */
    public void delivered(long letterId, RecordKey key, @Nullable String uniqKey, boolean processed) {
        DeadLetter letter = this.store.find(letterId).orElse(null);
        if (letter != null && !letter.isOf(key)
                && !(letter.key().group().equals(key.group()) && uniqKey != null && uniqKey.equals(letter.uniqKey()))) {
            logger.warn("A message of consumer group '{}' names dead letter {}, which is not its own: the letter stays"
                    + " as it is", key.group(), letterId);
            return;
        }
        ParkableRecords records = recordsOf(key);
        RecordPlace place = (records != null) ? RecordPlace.ELSEWHERE : RecordPlace.WITH_LETTERS;
        if (processed || (records != null && records.state(key) == RecordState.DONE)) {
            this.store.resolve(letterId, place);
        }
        else if (records == null) {
            this.store.resolveIfDone(letterId, key);
        }
    }

    ReplayClaim claim(DeadLetter letter, String owner, @Nullable String by, Duration lease) {
        ParkableRecords records = recordsOf(letter.key());
        if (records == null) {
            return this.store.claim(letter.id(), owner, by, lease, RecordPlace.WITH_LETTERS);
        }
        RecordState state = records.state(letter.key());
        if (state == RecordState.CLAIMED) {
            return new ReplayClaim.Refused(DeadLetterStatus.REPLAYING);
        }
        if (state == RecordState.DONE && letter.status() != DeadLetterStatus.DISCARDED) {
            this.store.resolve(letter.id(), RecordPlace.ELSEWHERE);
            return new ReplayClaim.Refused(DeadLetterStatus.RESOLVED);
        }
        ReplayClaim claim = this.store.claim(letter.id(), owner, by, lease, RecordPlace.ELSEWHERE);
        if (claim instanceof ReplayClaim.Granted) {
            records.free(letter.key());
        }
        return claim;
    }

    Optional<DeadLetterStatus> takeBack(DeadLetter letter, String note, Duration patience) {
        ParkableRecords records = recordsOf(letter.key());
        long epoch = letter.replay().epoch();
        if (records == null) {
            return this.store.takeBack(letter.id(), epoch, note, patience, RecordPlace.WITH_LETTERS);
        }
        RecordState state = records.state(letter.key());
        if (state == RecordState.CLAIMED) {
            this.store.sent(letter.id(), epoch, patience);
            return Optional.of(DeadLetterStatus.REPLAYING);
        }
        if (state == RecordState.DONE) {
            this.store.resolve(letter.id(), RecordPlace.ELSEWHERE);
            return Optional.of(DeadLetterStatus.RESOLVED);
        }
        Optional<DeadLetterStatus> status = this.store.takeBack(letter.id(), epoch, note, patience,
                RecordPlace.ELSEWHERE);
        if (status.filter(DeadLetterStatus.PARKED::equals).isPresent()) {
            parkRecord(records, letter.key(), letter.reason());
        }
        return status;
    }

    Optional<DeadLetterStatus> discard(DeadLetter letter, String reason, @Nullable String by) {
        ParkableRecords records = recordsOf(letter.key());
        if (records == null) {
            return this.store.discard(letter.id(), reason, by, RecordPlace.WITH_LETTERS);
        }
        if (records.state(letter.key()) == RecordState.CLAIMED) {
            return Optional.of(DeadLetterStatus.REPLAYING);
        }
        Optional<DeadLetterStatus> status = this.store.discard(letter.id(), reason, by, RecordPlace.ELSEWHERE);
        if (status.filter(DeadLetterStatus.DISCARDED::equals).isPresent()) {
            records.discard(letter.key(), this.retention);
        }
        return status;
    }

    private @Nullable ParkableRecords recordsOf(RecordKey key) {
        return this.elsewhere.apply(key.group()).orElse(null);
    }

    private static ParkingResult result(RecordState state) {
        return switch (state) {
            case DONE -> ParkingResult.ALREADY_DONE;
            case CLAIMED -> ParkingResult.IN_PROGRESS;
            case PARKED, FREE, ABSENT -> ParkingResult.PARKED;
        };
    }

}
