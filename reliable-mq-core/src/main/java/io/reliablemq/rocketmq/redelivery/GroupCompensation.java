package io.reliablemq.rocketmq.redelivery;

import java.util.function.Function;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.reconcile.Redelivery;

/**
 * Sends lost messages again, to concurrent groups by their retry topic and to ordered
 * ones by the message's own.
 */
public final class GroupCompensation implements Redelivery {

    private final Function<String, GroupRedelivery> redelivery;

    /**
     * Creates it.
     * @param redelivery sends to one group
     */
    public GroupCompensation(GroupRedelivery redelivery) {
        this((cluster) -> redelivery);
    }

    /**
     * Creates it for several clusters.
     * @param redelivery sends to one group of a cluster
     */
    public GroupCompensation(Function<String, GroupRedelivery> redelivery) {
        this.redelivery = redelivery;
    }

    @Override
    public void deliver(StoredMessage message, GroupSubscription group) {
        GroupRedelivery there = this.redelivery.apply(group.cluster());
        if (group.ordered()) {
            there.toOrdered(message, group.group());
        }
        else {
            there.toConcurrent(message, group.group());
        }
    }

}
