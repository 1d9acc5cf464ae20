package io.reliablemq.rocketmq;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.reconcile.Redelivery;

/**
 * Sends lost messages again, to concurrent groups by their retry topic and to ordered
 * ones by the message's own.
 */
public final class GroupCompensation implements Redelivery {

    private final GroupRedelivery redelivery;

    /**
     * Creates it.
     * @param redelivery sends to one group
     */
    public GroupCompensation(GroupRedelivery redelivery) {
        this.redelivery = redelivery;
    }

    @Override
    public void deliver(StoredMessage message, GroupSubscription group) {
        if (group.ordered()) {
            this.redelivery.toOrdered(message, group.group());
        }
        else {
            this.redelivery.toConcurrent(message, group.group());
        }
    }

}
