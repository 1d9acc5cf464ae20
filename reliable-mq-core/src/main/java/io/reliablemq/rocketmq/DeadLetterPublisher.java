package io.reliablemq.rocketmq;

import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.idempotency.RecordKey;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * Parks messages of one group in its {@code %DLQ%} topic. A message that claims more
 * redeliveries than allowed is put there by the broker itself, which creates the topic
 * where needed.
 */
final class DeadLetterPublisher implements ParkingPlace {

    static final String FAILURES = "RELIABLE_FAILURES";

    static final String EXCEPTION = "RELIABLE_EXCEPTION";

    private static final int MAX_EXCEPTION_LENGTH = 200;

    private final String group;

    private final GroupPublisher publisher;

    DeadLetterPublisher(String group, GroupPublisher publisher) {
        this.group = group;
        this.publisher = publisher;
    }

    String topic() {
        return MixAll.getDLQTopic(this.group);
    }

    @Override
    public String description() {
        return topic();
    }

    @Override
    public ParkingResult park(MessageExt message, @Nullable RecordKey key, ParkingReason reason, int failures,
            Throwable failure) {
        publish(message, failures, failure);
        return ParkingResult.PARKED;
    }

    /** Its copies name no letter. */
    @Override
    public void delivered(MessageExt message, RecordKey key, boolean processed) {
    }

    /**
     * Returns when the broker has stored the message.
     * @throws ParkingFailedException if that is not certain
     */
    void publish(MessageExt message, int failures, Throwable failure) {
        Message letter = this.publisher.retryCopy(message);
        MessageAccessor.setReconsumeTime(letter, String.valueOf(Math.max(1, failures)));
        MessageAccessor.setMaxReconsumeTimes(letter, "0");
        letter.putUserProperty(FAILURES, String.valueOf(failures));
        letter.putUserProperty(EXCEPTION, name(failure));
        try {
            this.publisher.sendConfirmed(letter);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ParkingFailedException("Interrupted while parking in " + topic(), ex);
        }
        catch (Exception ex) {
            throw new ParkingFailedException("Could not park in " + topic() + ": check that the broker is reachable"
                    + " and lets this application write there", ex);
        }
    }

    private static String name(Throwable failure) {
        String name = failure.getClass().getName();
        return name.substring(0, Math.min(name.length(), MAX_EXCEPTION_LENGTH));
    }

}
