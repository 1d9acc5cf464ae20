package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.List;

import io.reliablemq.producer.AfterCommitSender;
import io.reliablemq.producer.PreparedMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronization;

/**
 * The messages of one outbox in one transaction. They are stored together, right before
 * the commit; what comes after the commit is begun when it is certain, on this thread,
 * which still holds the connection: nothing there may wait or ask for another one. What
 * was sent since a savepoint goes when the transaction is rolled back to it.
 */
final class OutboxTransaction implements MessageTransaction {

    private static final Logger logger = LoggerFactory.getLogger(OutboxTransaction.class);

    private final Outbox outbox;

    private final RunningTransaction transaction;

    private final List<Waiting> waiting = new ArrayList<>();

    private final List<Stored> stored = new ArrayList<>();

    private final List<Later> later = new ArrayList<>();

    private @Nullable Object mark;

    OutboxTransaction(Outbox outbox, RunningTransaction transaction) {
        this.outbox = outbox;
        this.transaction = transaction;
    }

    boolean isOf(Outbox other) {
        return this.outbox == other;
    }

    @Override
    public void add(List<OutboxMessage> added, List<OutboxMessage> later, AfterCommitSender sender) {
        if (added.isEmpty() && later.isEmpty()) {
            return;
        }
        if (this.mark == null && !this.transaction.storesAtOnce()) {
            this.mark = store().markTransaction();
        }
        added.forEach((message) -> this.waiting.add(waiting(message, null)));
        later.forEach((message) -> this.waiting.add(waiting(message, sender)));
        if (this.transaction.storesAtOnce()) {
            storeAll();
        }
    }

    /** Where nobody tells of savepoints, only the database knows what is left. */
    private Waiting waiting(OutboxMessage message, @Nullable AfterCommitSender sender) {
        return this.transaction.followsSavepoints() ? new Waiting(this.transaction.next(), message, sender)
                : new Waiting(this.transaction.next(), message.unclaimed(), null);
    }

    void cut(long position) {
        this.waiting.removeIf((each) -> each.number() >= position);
        this.stored.removeIf((each) -> each.number() >= position);
        this.later.stream().filter((each) -> each.number() >= position).forEach(Later::cancel);
        this.later.removeIf((each) -> each.number() >= position);
        if (this.waiting.isEmpty()) {
            // The savepoint may be older than the mark.
            this.mark = null;
        }
    }

    boolean hasSince(long position) {
        return this.waiting.stream().anyMatch((each) -> each.number() >= position);
    }

    OutboxStore store() {
        return this.outbox.store();
    }

    void storeAll() {
        if (this.waiting.isEmpty()) {
            return;
        }
        if (this.mark != null) {
            store().requireMarkedTransaction(this.mark);
            this.mark = null;
        }
        List<OutboxMessage> messages = new ArrayList<>();
        for (Waiting each : this.waiting) {
            Later place = each.reserve();
            if (place != null) {
                this.later.add(place);
            }
            else {
                messages.add(each.message());
            }
        }
        long first = this.waiting.get(0).number();
        this.waiting.clear();
        if (!messages.isEmpty()) {
            this.stored.add(new Stored(first, store().addInTransaction(messages)));
        }
    }

    void end(int status) {
        if (status == TransactionSynchronization.STATUS_COMMITTED) {
            if (!this.stored.isEmpty()) {
                this.outbox.sendCommitted(this.stored.stream().flatMap((each) -> each.entries().stream()).toList());
            }
            this.later.forEach(Later::send);
            return;
        }
        this.later.forEach(Later::cancel);
        if (status == TransactionSynchronization.STATUS_UNKNOWN && !this.later.isEmpty()) {
            logger.error(
                    "{} message(s) of a transaction are not sent, because its commit was not answered: {}. Look"
                            + " whether it is committed, and send them again if it is.",
                    this.later.size(), this.later.stream().map((each) -> each.message().id()).toList());
        }
    }

    /**
     * A message that is neither stored nor certain to be sent.
     *
     * @param number its number in the transaction
     * @param message the message
     * @param sender sends it after the commit; {@code null} if it is to be stored
     */
    private record Waiting(long number, OutboxMessage message, @Nullable AfterCommitSender sender) {

        /** {@code null} if it is to be stored. */
        @Nullable Later reserve() {
            return (this.sender == null || !this.sender.reserve()) ? null
                    : new Later(this.number, this.message.message(), this.sender);
        }

    }

    /**
     * Messages that were stored together.
     *
     * @param number number of the first
     * @param entries those that this instance has claimed
     */
    private record Stored(long number, List<OutboxEntry> entries) {
    }

    /**
     * A message that is sent after the commit; a place is kept for it.
     *
     * @param number its number in the transaction
     * @param message the message
     * @param sender sends it
     */
    private record Later(long number, PreparedMessage message, AfterCommitSender sender) {

        void send() {
            try {
                this.sender.send(this.message);
            }
            catch (RuntimeException | Error ex) {
                logger.error("Message {} to {} may be lost: it could not be handed over after the commit",
                        this.message.id(), this.message.destination(), ex);
            }
        }

        void cancel() {
            this.sender.cancel();
        }

    }

}
