package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import org.springframework.core.Ordered;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The messages of one transaction. They are stored together, right before the commit;
 * what comes after the commit is begun when it is certain, on this thread, which still
 * holds the connection: nothing there may wait for another one. What was sent since a
 * savepoint goes when the transaction is rolled back to it.
 */
final class OutboxTransaction implements TransactionSynchronization {

    private static final Position START = new Position(0, 0, 0);

    private final OutboxStore store;

    private final Consumer<List<OutboxEntry>> committed;

    private final List<OutboxMessage> messages = new ArrayList<>();

    private final List<OutboxEntry> entries = new ArrayList<>();

    private final List<Runnable> actions = new ArrayList<>();

    private final IdentityHashMap<Object, Position> savepoints = new IdentityHashMap<>();

    private boolean stored;

    private OutboxTransaction(OutboxStore store, Consumer<List<OutboxEntry>> committed) {
        this.store = store;
        this.committed = committed;
    }

    /**
     * That of the calling thread's transaction.
     * @param store where its messages are stored
     * @param committed takes those that this instance is to send
     */
    static OutboxTransaction join(OutboxStore store, Consumer<List<OutboxEntry>> committed) {
        OutboxTransaction joined = current(store);
        if (joined != null) {
            return joined;
        }
        OutboxTransaction transaction = new OutboxTransaction(store, committed);
        TransactionSynchronizationManager.bindResource(store, transaction);
        TransactionSynchronizationManager.registerSynchronization(transaction);
        return transaction;
    }

    /** That of the calling thread's transaction, if it has sent anything. */
    static @Nullable OutboxTransaction current(OutboxStore store) {
        return (TransactionSynchronizationManager.getResource(store) instanceof OutboxTransaction joined) ? joined
                : null;
    }

    void add(List<OutboxMessage> added) {
        if (this.stored) {
            // Another callback sends while the transaction is about to commit.
            this.entries.addAll(this.store.addInTransaction(added));
        }
        else {
            this.messages.addAll(added);
        }
    }

    void afterCommit(Runnable action) {
        this.actions.add(action);
    }

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void suspend() {
        TransactionSynchronizationManager.unbindResource(this.store);
    }

    @Override
    public void resume() {
        TransactionSynchronizationManager.bindResource(this.store, this);
    }

    @Override
    public void savepoint(Object savepoint) {
        this.savepoints.put(savepoint, new Position(this.messages.size(), this.entries.size(), this.actions.size()));
    }

    @Override
    public void savepointRollback(Object savepoint) {
        // One that is not known is older than this.
        Position position = this.savepoints.getOrDefault(savepoint, START);
        cut(this.messages, position.messages());
        cut(this.entries, position.entries());
        cut(this.actions, position.actions());
    }

    private static void cut(List<?> list, int size) {
        list.subList(size, list.size()).clear();
    }

    @Override
    public void beforeCommit(boolean readOnly) {
        flush();
    }

    /** Stores what is not stored yet; from now on, messages are stored as they come. */
    @Override
    public void flush() {
        this.stored = true;
        if (!this.messages.isEmpty()) {
            this.entries.addAll(this.store.addInTransaction(List.copyOf(this.messages)));
            this.messages.clear();
        }
    }

    @Override
    public void afterCompletion(int status) {
        TransactionSynchronizationManager.unbindResourceIfPossible(this.store);
        if (status != STATUS_COMMITTED) {
            return;
        }
        List<Runnable> steps = new ArrayList<>();
        if (!this.messages.isEmpty()) {
            // A manager that knows no listeners, and a message from a last callback.
            steps.add(() -> this.entries.addAll(this.store.add(List.copyOf(this.messages))));
        }
        steps.add(() -> this.committed.accept(List.copyOf(this.entries)));
        steps.addAll(this.actions);
        runAll(steps);
    }

    /** One that fails does not keep the others, which are of other messages. */
    private static void runAll(List<Runnable> steps) {
        RuntimeException failure = null;
        for (Runnable step : steps) {
            try {
                step.run();
            }
            catch (RuntimeException ex) {
                if (failure == null) {
                    failure = ex;
                }
                else {
                    failure.addSuppressed(ex);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private record Position(int messages, int entries, int actions) {
    }

}
