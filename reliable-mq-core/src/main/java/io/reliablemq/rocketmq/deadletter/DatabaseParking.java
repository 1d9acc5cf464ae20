package io.reliablemq.rocketmq.deadletter;

import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.DeadLetterService;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingFailure;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.deadletter.UnstorableLetterException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.delivery.Dropping;
import io.reliablemq.rocketmq.delivery.FailureHandling;
import io.reliablemq.rocketmq.delivery.KeyReader;
import io.reliablemq.rocketmq.delivery.ParkingFailedException;
import io.reliablemq.rocketmq.delivery.ParkingPlace;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parks messages of one group as dead letters in the database. Parking ends, whatever the
 * message holds, in the first of these places that takes it:
 * <ol>
 * <li>a letter with the whole message; if both places are configured, the broker has its
 * copy before that is committed, so that a database that cannot be reached leaves no
 * copies behind;
 * <li>a letter without the payload, where the database or the codec will never take that,
 * and the whole message in the dead-letter topic, before that is committed;
 * <li>the dead-letter topic alone.
 * </ol>
 * Only a database or broker that cannot be reached makes the message come again.
 *
 * @param cluster names the listener's cluster; asked for when a message is parked,
 * because templates are made late
 * @param broker takes what the database does not
 * @param both whether it takes all
 */
record DatabaseParking(Supplier<String> cluster, KeyReader keys, DeadLetterService letters, DeadLetterPublisher broker,
        boolean both) implements ParkingPlace {

    private static final Logger logger = LoggerFactory.getLogger(DatabaseParking.class);

    @Override
    public String description() {
        return this.both ? "the database and " + this.broker.topic() : "the database";
    }

    @Override
    public ParkingResult park(MessageExt message, @Nullable RecordKey key, ParkingReason reason, int failures,
            Throwable failure) {
        try {
            Parking parking = new Parking((key != null) ? key : this.keys.fallback(message), stored(message),
                    DeadLetterMessages.origin(message), reason, failures, describe(failure));
            return store(parking, this.both, () -> this.broker.publish(message, failures, failure));
        }
        catch (ParkingFailedException ex) {
            throw ex;
        }
        catch (RuntimeException ex) {
            throw new ParkingFailedException("Could not park in the database: check that it is reachable", ex);
        }
    }

    private StoredMessage stored(MessageExt message) {
        return DeadLetterMessages.stored(message, this.cluster.get());
    }

    private ParkingResult store(Parking parking, boolean copied, Runnable copy) {
        try {
            return copied ? this.letters.park(parking, copy) : this.letters.park(parking);
        }
        catch (UnstorableLetterException ex) {
            logger.warn("The database does not take the payload of message '{}' of consumer group '{}': it is kept in"
                    + " {}", parking.key().identity(), parking.key().group(), this.broker.topic(), ex);
            String why = ex.getMessage() + ". The payload is in " + this.broker.topic()
                    + " until it expires there: mend the cause, then drain that topic.";
            return storeWithout(parking.without(why), copy);
        }
    }

    private ParkingResult storeWithout(Parking parking, Runnable copy) {
        try {
            return this.letters.park(parking, copy);
        }
        catch (UnstorableLetterException ex) {
            logger.error(
                    "The database does not take a dead letter for message '{}' of consumer group '{}' at all: it is"
                            + " parked in {} only, and later copies are not skipped",
                    parking.key().identity(), parking.key().group(), this.broker.topic(), ex);
            copy.run();
            return ParkingResult.PARKED;
        }
    }

    @Override
    public Dropping dropping() {
        return this::drop;
    }

    /**
     * Records that the message is left out, with the message.
     * @throws ParkingFailedException if that is not certain
     */
    private ParkingResult drop(MessageExt message, RecordKey key) {
        ParkingFailure why = new ParkingFailure(null, "Dropped under overload, as on-overload of the listener says",
                null);
        try {
            return store(
                    new Parking(key, stored(message), DeadLetterMessages.origin(message), ParkingReason.DROPPED, 0,
                            why),
                    false,
                    () -> this.broker.publish(message, 0, new ReliableMQException(String.valueOf(why.message()))));
        }
        catch (ParkingFailedException ex) {
            throw ex;
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
            this.letters.delivered(Long.parseLong(letter), key, Marks.uniqKey(message), processed);
        }
        catch (NumberFormatException ex) {
            logger.warn("Message {} names the dead letter '{}', which is no number", message.getMsgId(), letter);
        }
        catch (RuntimeException | Error ex) {
            // Whatever it is: the message is done, and must not come again for it.
            logger.warn("Could not note that dead letter {} was delivered; that is found out later", letter, ex);
        }
    }

}
