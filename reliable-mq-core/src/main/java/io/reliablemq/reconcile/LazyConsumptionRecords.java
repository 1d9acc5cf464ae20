package io.reliablemq.reconcile;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.reliablemq.Internal;
import io.reliablemq.message.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * Records whose source is looked for when it is needed first, and again if it was not
 * there.
 */
@Internal
public final class LazyConsumptionRecords implements ConsumptionRecords {

    private final Supplier<ConsumptionRecords> source;

    private volatile @Nullable ConsumptionRecords records;

    /**
     * Creates the records.
     * @param source finds them, or throws {@link io.reliablemq.ReliableMQException}
     */
    public LazyConsumptionRecords(Supplier<ConsumptionRecords> source) {
        this.source = source;
    }

    @Override
    public List<GroupSubscription> subscriptions() {
        return records().subscriptions();
    }

    @Override
    public Map<Long, ConsumptionState> find(String group, long[] ids) {
        return records().find(group, ids);
    }

    @Override
    public Map<MessageId, ConsumptionState> find(String group, Collection<MessageId> messages) {
        return records().find(group, messages);
    }

    private ConsumptionRecords records() {
        ConsumptionRecords known = this.records;
        if (known == null) {
            known = this.source.get();
            this.records = known;
        }
        return known;
    }

}
