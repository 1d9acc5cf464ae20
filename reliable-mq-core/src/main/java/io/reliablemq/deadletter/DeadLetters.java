package io.reliablemq.deadletter;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be done with parked messages. Letters are told apart by group and identity, so
 * a message that is parked again has the same letter. Every method throws
 * {@link DeadLetterStoreException} when the store cannot answer; each can be called
 * again.
 */
public final class DeadLetters {

    private static final Logger logger = LoggerFactory.getLogger(DeadLetters.class);

    private static final int PAGE = 100;

    private static final int RESOLVED_AT_ONCE = 500;

    private final DeadLetterService letters;

    private final DeadLetterTransport transport;

    private final DeadLetterOptions options;

    private final String owner = UUID.randomUUID().toString();

    /**
     * Creates the service.
     * @param letters the letters
     * @param transport sends copies, reads dead-letter topics
     * @param options how long letters and replays last
     */
    public DeadLetters(DeadLetterService letters, DeadLetterTransport transport, DeadLetterOptions options) {
        this.letters = letters;
        this.transport = transport;
        this.options = options;
    }

    /**
     * Finds letters, first parked first.
     * @param filter which
     * @param afterId only those after this one; 0 for the first page
     * @param limit at most so many
     * @return the letters, without their content
     */
    public List<DeadLetter> find(DeadLetterFilter filter, long afterId, int limit) {
        this.letters.store().resolveDone(RESOLVED_AT_ONCE);
        return this.letters.store().find(filter, afterId, limit);
    }

    /**
     * Counts letters by group, status and exception.
     * @param filter which
     * @return the counts, greatest first
     */
    public List<DeadLetterCount> count(DeadLetterFilter filter) {
        this.letters.store().resolveDone(RESOLVED_AT_ONCE);
        return this.letters.store().count(filter);
    }

    /**
     * Reads one letter with its content.
     * @param id its number
     * @return the letter; empty if there is none
     */
    public Optional<DeadLetterDetails> get(long id) {
        this.letters.store().resolveDone(RESOLVED_AT_ONCE);
        return this.letters.store().get(id);
    }

    /**
     * Sends a copy of one parked message to its group, and to no other. Replaying twice
     * has one effect: while a replay is under way nothing more is sent, and afterwards
     * the listener's guard knows the message.
     * @param id number of the letter
     * @param by who wants it; {@code null} if that is not known
     * @return what was done
     */
    public ReplayReport replay(long id, @Nullable String by) {
        Replays replays = replays(ReplayOptions.defaults().withBy(by));
        boolean complete = head(id).map(replays::replay).orElse(true);
        return log(replays.report(complete));
    }

    /**
     * Sends copies of parked messages to their groups, first parked first, each to its
     * own group only. Returns when all are sent; the listeners may still be at work. Ends
     * early after three failures in a row.
     * @param filter which; those that are not PARKED are left out
     * @param wishes how many and how fast
     * @return what was done
     */
    public ReplayReport replay(DeadLetterFilter filter, ReplayOptions wishes) {
        Replays replays = replays(wishes);
        DeadLetterFilter parked = filter.withStatus(DeadLetterStatus.PARKED);
        long after = 0;
        int left = wishes.limit();
        while (left > 0) {
            List<DeadLetter> page = this.letters.store().find(parked, after, Math.min(left, PAGE));
            for (DeadLetter letter : page) {
                if (!replays.replay(letter)) {
                    return log(replays.report(false));
                }
                after = letter.id();
            }
            left = page.isEmpty() ? 0 : left - page.size();
        }
        return log(replays.report(true));
    }

    /**
     * Gives a letter up for good: later copies of its message are skipped.
     * @param id number of the letter
     * @param reason why
     * @param by who wants it; {@code null} if that is not known
     * @return the status afterwards: DISCARDED; RESOLVED if the message is done;
     * REPLAYING if it is being processed; empty if there is no such letter
     */
    public Optional<DeadLetterStatus> discard(long id, String reason, @Nullable String by) {
        if (reason.isBlank()) {
            throw new IllegalArgumentException("Say why the dead letter " + id + " is discarded.");
        }
        String note = ParkingFailure.fit(reason, ParkingFailure.LONGEST_MESSAGE);
        Optional<DeadLetterStatus> status = head(id)
            .flatMap((letter) -> this.letters.discard(letter, String.valueOf(note), by));
        status.ifPresent((now) -> logger.info("Dead letter {} was to be discarded and is {}", id, now));
        return status;
    }

    /**
     * Stores what is in a group's {@code %DLQ%} topic: letters that the broker itself, or
     * this library with {@code storage=broker}, has put there. Messages that are done, or
     * have a letter, are left out. May be called again at any time.
     * @param group consumer group
     * @param limit at most so many messages
     * @return what was done
     * @throws io.reliablemq.ReliableMQException if this application does not consume for
     * the group, or the topic cannot be read
     */
    public DrainReport drain(String group, int limit) {
        DrainReport report = this.transport.drain(group, limit, this.letters::adopt);
        logger.info("Drained the dead letters of {}: {}", group, report);
        return report;
    }

    /** Its content may be unreadable. */
    private Optional<DeadLetter> head(long id) {
        this.letters.store().resolveDone(RESOLVED_AT_ONCE);
        return this.letters.store().find(id);
    }

    private Replays replays(ReplayOptions wishes) {
        return new Replays(this.letters, this.transport, this.options, this.owner, wishes);
    }

    private static ReplayReport log(ReplayReport report) {
        logger.info("Replayed dead letters: {} sent, {} skipped, {} failed{}", report.sent(), report.skipped(),
                report.failed().size(), report.complete() ? "" : ", ended early");
        return report;
    }

}
