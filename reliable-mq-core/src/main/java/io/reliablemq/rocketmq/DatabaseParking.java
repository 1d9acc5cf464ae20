package io.reliablemq.rocketmq;

import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.LetterBox;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingFailure;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.ReliableHeaders;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parks messages of one group as dead letters in the database, and before that at the
 * broker if both are wished: once the letter is stored, copies are skipped, so nothing
 * would write the broker's copy any more.
 */
final class DatabaseParking implements ParkingPlace {

    private static final Logger logger = LoggerFactory.getLogger(DatabaseParking.class);

    private final KeyReader keys;

    private final LetterBox letters;

    private final @Nullable DeadLetterPublisher broker;

    DatabaseParking(KeyReader keys, LetterBox letters, @Nullable DeadLetterPublisher broker) {
        this.keys = keys;
        this.letters = letters;
        this.broker = broker;
    }

    @Override
    public String description() {
        return (this.broker != null) ? "the database and " + this.broker.topic() : "the database";
    }

    @Override
    public ParkingResult park(MessageExt message, @Nullable RecordKey key, ParkingReason reason, int failures,
            Throwable failure) {
        if (this.broker != null) {
            this.broker.publish(message, failures, failure);
        }
        try {
            return this.letters
                .park(new Parking((key != null) ? key : this.keys.fallback(message), DeadLetterMessages.stored(message),
                        DeadLetterMessages.origin(message), reason, failures, describe(failure)));
        }
        catch (RuntimeException ex) {
            throw new ParkingFailedException("Could not park in the database: check that it is reachable", ex);
        }
    }

    /**
     * Records that the message is left out, with the message.
     * @throws ParkingFailedException if that is not certain
     */
    ParkingResult drop(MessageExt message, RecordKey key) {
        try {
            return this.letters.park(new Parking(key, DeadLetterMessages.stored(message),
                    DeadLetterMessages.origin(message), ParkingReason.DROPPED, 0,
                    new ParkingFailure(null, "Dropped under overload, as on-overload of the listener says", null)));
        }
        catch (RuntimeException ex) {
            throw new ParkingFailedException(
                    "Could not record in the database that it is dropped: check that it is" + " reachable", ex);
        }
    }

    /** What a converter complains about quotes the payload, which may be encrypted. */
    private static ParkingFailure describe(Throwable failure) {
        Throwable discreet = FailureHandling.loggable(failure);
        return (discreet == failure) ? ParkingFailure.of(failure)
                : new ParkingFailure(failure.getClass().getName(), discreet.getMessage(), null);
    }

    @Override
    public void delivered(MessageExt message, RecordKey key, boolean processed) {
        String letter = Marks.read(message, ReliableHeaders.LETTER_ID);
        if (letter == null) {
            return;
        }
        try {
            this.letters.delivered(Long.parseLong(letter), key, KeyReader.uniqKey(message), processed);
        }
        catch (NumberFormatException ex) {
            logger.warn("Message {} names the dead letter '{}', which is no number", message.getMsgId(), letter);
        }
        catch (ReliableMQException ex) {
            logger.warn("Could not note that dead letter {} was delivered; that is found out later", letter, ex);
        }
    }

}
