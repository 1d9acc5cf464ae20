package io.reliablemq.deadletter;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.reliablemq.idempotency.RecordKey;
import org.jspecify.annotations.Nullable;

/**
 * Keeps dead letters, one per cluster, group and identity. Every method uses a
 * transaction of its own, never the caller's, and throws {@link DeadLetterStoreException}
 * when the store cannot answer; a change may have been made then, and each can be tried
 * again. The store's own clock decides when a lease has run out.
 */
public interface DeadLetterStore {

    /**
     * Stores a letter, parks the record of its message and forgets its failed attempts,
     * all in one transaction. Where there is a letter of the same identity, it becomes
     * PARKED again: message and failure are replaced and its parkings are counted. If the
     * letter held another message, its note says which.
     * <p>
     * Whatever the message holds, it is stored: what a column does not take is shown cut
     * or with '?', with a note, and is read and replayed as it was.
     * <p>
     * A message that is DROPPED gets the record DROPPED, unless there was a letter or an
     * effect before: then the answer is ALREADY_DONE and nothing is changed.
     * <p>
     * With {@link RecordPlace#ELSEWHERE} only the letter is stored.
     * @param parking what to park
     * @param record where the message's record is
     * @return what became of it; unless PARKED, nothing was changed
     * @throws UnstorableLetterException if the store answers, but will never take the
     * payload: park it without, and keep the payload somewhere else
     */
    ParkingResult park(Parking parking, RecordPlace record);

    /**
     * Stores a letter like {@link #park(Parking, RecordPlace)}, and does something else
     * before that is committed, at most once and only if the letter is stored: a copy
     * that is to be made somewhere else is not made as long as the store is away.
     * @param parking what to park
     * @param record where the message's record is
     * @param beforeCommit what to do; if it throws, nothing is stored and its exception
     * is thrown
     * @return what became of it; unless PARKED, nothing was changed
     */
    default ParkingResult park(Parking parking, RecordPlace record, Runnable beforeCommit) {
        ParkingResult result = park(parking, record);
        if (result == ParkingResult.PARKED) {
            beforeCommit.run();
        }
        return result;
    }

    /**
     * Stores a letter for a message that was found in the group's dead-letter topic, like
     * {@link #park}. A letter of the same identity stays as it is, unless it is over and
     * was another message's, or is without the payload that is found now.
     * @param parking what to park
     * @param record where the message's record is
     * @return PARKED if a letter was stored
     */
    ParkingResult adopt(Parking parking, RecordPlace record);

    /**
     * Finds letters, lowest id (first parked) first.
     * @param filter which
     * @param afterId only those with a greater id; 0 for the first page
     * @param limit at most so many
     * @return the letters, without their content
     */
    List<DeadLetter> find(DeadLetterFilter filter, long afterId, int limit);

    /**
     * Reads one letter.
     * @param id its number
     * @return the letter with its content; empty if there is none
     */
    Optional<DeadLetterDetails> get(long id);

    /**
     * Reads one letter without its content, which may be unreadable.
     * @param id its number
     * @return the letter; empty if there is none
     */
    default Optional<DeadLetter> find(long id) {
        return get(id).map(DeadLetterDetails::letter);
    }

    /**
     * Counts letters by group, status and exception.
     * @param filter which
     * @return the counts, greatest first
     */
    List<DeadLetterCount> count(DeadLetterFilter filter);

    /**
     * Makes a letter REPLAYING for one caller and, in the same transaction, lets the next
     * delivery claim the message's record. Granted for a PARKED letter, and for a
     * REPLAYING one whose time is over. If the message turns out to be done, the letter
     * becomes RESOLVED.
     * @param id number of the letter
     * @param owner the instance that will send the copy
     * @param by who wants it; {@code null} if that is not known
     * @param lease how long the owner has to send it
     * @param record where the message's record is
     * @return whether to send
     */
    ReplayClaim claim(long id, String owner, @Nullable String by, Duration lease, RecordPlace record);

    /**
     * Notes that the broker has confirmed the copy, unless that replay is over already.
     * @param id number of the letter
     * @param epoch the replay's number
     * @param patience how long to wait for the listener
     */
    void sent(long id, long epoch, Duration patience);

    /**
     * Ends a replay that does not come to an end by itself: RESOLVED if the message is
     * done; still REPLAYING, with the lease prolonged, while it is processed or waits for
     * another attempt; else PARKED, and in the same transaction the record too.
     * @param id number of the letter
     * @param epoch the replay's number
     * @param note why
     * @param patience how long to wait longer for a listener that is at it
     * @param record where the message's record is
     * @return the status afterwards; empty if there is no such letter or replay
     */
    Optional<DeadLetterStatus> takeBack(long id, long epoch, String note, Duration patience, RecordPlace record);

    /**
     * Notes that the listener has processed the letter's message. The message's record
     * becomes DONE unless it is, for it may have been processed under another identity.
     * @param id number of the letter
     * @param record where the message's record is
     * @return {@code false} if the letter was RESOLVED or DISCARDED before, or is gone
     */
    boolean resolve(long id, RecordPlace record);

    /**
     * Notes that a copy of the letter was skipped: RESOLVED if that was because the
     * message is done. Nothing is changed if the record is not one of the letter's
     * message, see {@link DeadLetter#isOf}.
     * @param id number of the letter
     * @param processed the record because of which it was skipped
     * @return whether the letter is RESOLVED by this call
     */
    boolean resolveIfDone(long id, RecordKey processed);

    /**
     * Looks at the REPLAYING letters whose record is in the same database and makes those
     * RESOLVED whose message is done.
     * @param limit at most so many
     * @return how many they were
     */
    int resolveDone(int limit);

    /**
     * Finds replays whose time is over.
     * @param limit at most so many
     * @return letters that are REPLAYING
     */
    List<DeadLetter> overdue(int limit);

    /**
     * Gives a letter up for good, and in the same transaction its message: later copies
     * are skipped. Only a letter that is PARKED, or REPLAYING but not being processed.
     * @param id number of the letter
     * @param reason why
     * @param by who wants it; {@code null} if that is not known
     * @param record where the message's record is
     * @return the status afterwards: DISCARDED; RESOLVED if the message is done;
     * REPLAYING if it is being processed; empty if there is no such letter
     */
    Optional<DeadLetterStatus> discard(long id, String reason, @Nullable String by, RecordPlace record);

    /**
     * Deletes letters that were RESOLVED or DISCARDED longer ago than the retention, and
     * PARKED ones whose message was DROPPED on purpose, in one small batch.
     * @param retention age from which they may go
     * @param limit at most so many
     * @return the number of deleted letters; call again while it equals {@code limit}
     */
    int purge(Duration retention, int limit);

}
