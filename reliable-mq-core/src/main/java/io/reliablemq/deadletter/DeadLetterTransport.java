package io.reliablemq.deadletter;

import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import io.reliablemq.Internal;

/**
 * What dead letters need of the message broker.
 */
@Internal
public interface DeadLetterTransport {

    /**
     * The groups that this application consumes for; others it cannot replay or drain.
     * @return their names
     */
    Set<String> groups();

    /**
     * Why a letter cannot be replayed here.
     * @param letter the letter
     * @return the reason, in a sentence that says where it can be; empty if a listener of
     * its group, on its cluster, is in this application
     */
    default Optional<String> refusal(DeadLetter letter) {
        return groups().contains(letter.key().group()) ? Optional.empty()
                : Optional.of("This application does not consume for the group " + letter.key().group()
                        + ": replay it where its listener is.");
    }

    /**
     * Sends a copy of a parked message to its group on its cluster, and to no other.
     * Returns when the broker has confirmed it. The copy has the ids of the original and
     * names its letter.
     * @param details the letter
     * @throws io.reliablemq.ReliableMQException if that is not certain; the copy may be
     * on its way all the same
     */
    void redeliver(DeadLetterDetails details);

    /**
     * Reads what is in a group's dead-letter topic from where the last call ended, on
     * each cluster that a listener of the group here consumes from. How far it got is
     * remembered at the broker only after the messages were handed over.
     * @param group consumer group
     * @param limit at most so many messages
     * @param sink takes each message; one for which it answers IN_PROGRESS is read again
     * by the next call. One that it can never take (any other exception than that of a
     * store that is away) is reported and not read again
     * @return what became of the messages
     * @throws io.reliablemq.ReliableMQException if the topic cannot be read
     */
    DrainReport drain(String group, int limit, Function<Parking, ParkingResult> sink);

}
