package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

import io.reliablemq.producer.AfterCommitSender;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A transaction of a manager that does not tell of its begin and end. What becomes of it
 * only the database knows, so messages are stored on its connection whether it is about
 * to be committed or rolled back, and unclaimed: the relay sends those that it sees.
 * Callbacks are those of the transaction that is current, which may be another manager's
 * within this one: then all messages so far are stored when that ends, unless there were
 * some before it.
 */
final class UnknownTransaction implements MessageTransaction {

    private final Outbox outbox;

    private final TransactionKey key;

    private final List<Waiting> waiting = new ArrayList<>();

    private final IdentityHashMap<Object, Long> savepoints = new IdentityHashMap<>();

    private final Set<Callbacks> callbacks = new HashSet<>();

    private final DoubtfulRollback doubtful = new DoubtfulRollback(this::cut);

    private long messages;

    private boolean ending;

    private boolean over;

    private @Nullable EntityTransactions committing;

    private UnknownTransaction(Outbox outbox, TransactionKey key) {
        this.outbox = outbox;
        this.key = key;
    }

    static UnknownTransaction of(Object id, Outbox outbox) {
        TransactionKey key = new TransactionKey(id, outbox);
        return (TransactionSynchronizationManager.getResource(key) instanceof UnknownTransaction bound) ? bound
                : new UnknownTransaction(outbox, key);
    }

    /** Whether callbacks after its commit are running, Spring's or JPA's. */
    boolean isOver() {
        return this.over || (this.committing != null && this.committing.haveEnded());
    }

    @Override
    public void add(List<OutboxMessage> stored, List<OutboxMessage> later, AfterCommitSender sender) {
        this.doubtful.require();
        boolean listens = listens();
        stored.forEach((message) -> this.waiting.add(new Waiting(this.messages++, message.unclaimed())));
        later.forEach((message) -> this.waiting.add(new Waiting(this.messages++, message.unclaimed())));
        if (this.ending || !listens) {
            store();
        }
    }

    private boolean listens() {
        if (!TransactionSynchronizationManager.isSynchronizationActive()) {
            return false;
        }
        if (TransactionSynchronizationManager.getSynchronizations().stream().noneMatch(this.callbacks::contains)) {
            Callbacks added = new Callbacks();
            this.callbacks.add(added);
            TransactionSynchronizationManager.registerSynchronization(added);
            if (!TransactionSynchronizationManager.hasResource(this.key)) {
                TransactionSynchronizationManager.bindResource(this.key, this);
            }
        }
        return true;
    }

    private void store() {
        this.doubtful.require();
        List<OutboxMessage> all = this.waiting.stream().map(Waiting::message).toList();
        this.waiting.clear();
        if (!all.isEmpty()) {
            this.outbox.store().addInTransaction(all);
        }
    }

    private void doubt(long position) {
        this.doubtful.settle();
        if (this.waiting.stream().anyMatch((each) -> each.number() >= position)) {
            this.doubtful.expect(this.outbox.store(), position);
        }
    }

    private void cut(long position) {
        this.waiting.removeIf((each) -> each.number() >= position);
    }

    /**
     * A message that is not stored yet.
     *
     * @param number its number in the transaction
     * @param message the message
     */
    private record Waiting(long number, OutboxMessage message) {
    }

    /** Of the transaction that was current when a message was sent. */
    private final class Callbacks implements TransactionSynchronization, PriorityOrdered {

        private final long start = UnknownTransaction.this.messages;

        private boolean stored;

        @Override
        public int getOrder() {
            return Ordered.HIGHEST_PRECEDENCE;
        }

        @Override
        public void savepoint(Object savepoint) {
            UnknownTransaction.this.doubtful.settle();
            UnknownTransaction.this.savepoints.put(savepoint, UnknownTransaction.this.messages);
        }

        @Override
        public void savepointRollback(Object savepoint) {
            // One that is not known was set before the first message here.
            doubt(UnknownTransaction.this.savepoints.getOrDefault(savepoint, this.start));
        }

        @Override
        public void beforeCommit(boolean readOnly) {
            storeAll();
            if (isOutermost()) {
                UnknownTransaction.this.committing = EntityTransactions.current();
            }
        }

        @Override
        public void beforeCompletion() {
            storeAll();
        }

        /** With those of a second one, this one is another manager's within it. */
        private boolean isOutermost() {
            return UnknownTransaction.this.callbacks.size() == 1;
        }

        private void storeAll() {
            if (isOutermost()) {
                this.stored = true;
                UnknownTransaction.this.ending = true;
                store();
            }
        }

        @Override
        public void afterCommit() {
            UnknownTransaction.this.over = isOutermost();
        }

        @Override
        public void afterCompletion(int status) {
            UnknownTransaction transaction = UnknownTransaction.this;
            transaction.ending = false;
            transaction.over = false;
            transaction.committing = null;
            transaction.callbacks.remove(this);
            if (transaction.callbacks.isEmpty()) {
                TransactionSynchronizationManager.unbindResourceIfPossible(transaction.key);
                if (!this.stored && status == STATUS_COMMITTED) {
                    // Sent by a callback after all others before the commit.
                    transaction.outbox.storeElsewhere(transaction.waiting.stream().map(Waiting::message).toList());
                }
                transaction.waiting.clear();
            }
            transaction.outbox.sendCommitted(List.of());
        }

    }

}
