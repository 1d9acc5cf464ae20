package io.reliablemq.rocketmq.delivery;

import java.time.Duration;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.redelivery.GroupPublisher;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Defers a message by a delayed copy on the group's own retry topic. The copy keeps
 * RELIABLE_ID, UNIQ_KEY and RocketMQ's counter of redeliveries, so that no retry is used
 * up. Each deferral of a message doubles the wait, so that a long overload is not one of
 * copies.
 */
public final class Deferral {

    private static final int MOST_DOUBLINGS = 4;

    private static final int MOST_DIGITS = 6;

    private final GroupPublisher publisher;

    private final DelayLevels levels;

    private final Duration delay;

    public Deferral(GroupPublisher publisher, DelayLevels levels, Duration delay) {
        this.publisher = publisher;
        this.levels = levels;
        this.delay = delay;
    }

    /**
     * Returns when the broker has confirmed the copy.
     * @throws ReliableMQException if it has not
     */
    void defer(MessageExt message) {
        try {
            this.publisher.sendConfirmed(copy(message));
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while deferring a message.", ex);
        }
        catch (Exception ex) {
            throw new ReliableMQException("The broker has not confirmed the deferred copy.", ex);
        }
    }

    public Message copy(MessageExt message) {
        int deferrals = deferrals(message);
        Message copy = this.publisher.retryCopy(message);
        MessageAccessor.setReconsumeTime(copy, String.valueOf(message.getReconsumeTimes()));
        // The broker would park a copy that has more redeliveries than its own maximum.
        MessageAccessor.setMaxReconsumeTimes(copy, String.valueOf(Integer.MAX_VALUE));
        copy.putUserProperty(ReliableHeaders.DEFERRALS, String.valueOf(deferrals + 1));
        copy.setDelayTimeLevel(
                this.levels.levelFor(this.delay.multipliedBy(1L << Math.min(MOST_DOUBLINGS, deferrals))));
        return copy;
    }

    static int deferrals(MessageExt message) {
        String count = Marks.read(message, ReliableHeaders.DEFERRALS);
        return (count != null && count.matches("\\d{1," + MOST_DIGITS + "}")) ? Integer.parseInt(count) : 0;
    }

}
