package io.reliablemq.it;

import java.time.Duration;
import java.util.Collection;
import java.util.List;

import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxMessage;
import io.reliablemq.outbox.OutboxOutcome;
import io.reliablemq.outbox.OutboxScope;
import io.reliablemq.outbox.OutboxStatistics;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.ParkedMessage;

/**
 * The outbox's store, with something done at some points on the way.
 */
class StoppingOutboxStore implements OutboxStore {

    private final OutboxStore store;

    StoppingOutboxStore(OutboxStore store) {
        this.store = store;
    }

    /** Messages were claimed. */
    void claimed() {
        // goes on
    }

    /** Messages were sent and are about to be marked. */
    void marking(List<OutboxOutcome> sent) {
        // goes on
    }

    @Override
    public boolean joinsTransaction() {
        return this.store.joinsTransaction();
    }

    @Override
    public List<OutboxEntry> addInTransaction(List<OutboxMessage> messages) {
        return this.store.addInTransaction(messages);
    }

    @Override
    public List<OutboxEntry> add(List<OutboxMessage> messages) {
        return this.store.add(messages);
    }

    @Override
    public List<OutboxEntry> claim(int limit, OutboxScope scope) {
        return claimed(this.store.claim(limit, scope));
    }

    @Override
    public List<OrderingKey> dueKeys(int limit, OutboxScope scope) {
        return this.store.dueKeys(limit, scope);
    }

    @Override
    public List<OutboxEntry> claimKey(OrderingKey key, int limit, boolean goOn) {
        return claimed(this.store.claimKey(key, limit, goOn));
    }

    private List<OutboxEntry> claimed(List<OutboxEntry> entries) {
        if (!entries.isEmpty()) {
            claimed();
        }
        return entries;
    }

    @Override
    public int settle(Collection<OutboxOutcome> outcomes) {
        List<OutboxOutcome> sent = outcomes.stream().filter(OutboxOutcome.Sent.class::isInstance).toList();
        if (!sent.isEmpty()) {
            marking(sent);
        }
        return this.store.settle(outcomes);
    }

    @Override
    public OutboxStatistics statistics() {
        return this.store.statistics();
    }

    @Override
    public List<ParkedMessage> parked(int limit) {
        return this.store.parked(limit);
    }

    @Override
    public boolean release(long rowId) {
        return this.store.release(rowId);
    }

    @Override
    public boolean discard(long rowId, String reason) {
        return this.store.discard(rowId, reason);
    }

    @Override
    public int purge(Duration retention, int limit) {
        return this.store.purge(retention, limit);
    }

}
