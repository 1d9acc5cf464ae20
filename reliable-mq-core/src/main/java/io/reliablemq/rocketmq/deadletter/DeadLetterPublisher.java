package io.reliablemq.rocketmq.deadletter;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.delivery.Dropping;
import io.reliablemq.rocketmq.delivery.ParkingFailedException;
import io.reliablemq.rocketmq.delivery.ParkingPlace;
import io.reliablemq.rocketmq.redelivery.GroupPublisher;
import io.reliablemq.rocketmq.redelivery.NotDurableException;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parks messages of one group in its {@code %DLQ%} topic. A message that claims more
 * redeliveries than allowed is put there by the broker itself, which creates the topic
 * where needed.
 */
public final class DeadLetterPublisher implements ParkingPlace {

    public static final String FAILURES = "RELIABLE_FAILURES";

    public static final String EXCEPTION = "RELIABLE_EXCEPTION";

    private static final int MAX_EXCEPTION_LENGTH = 200;

    private static final Logger logger = LoggerFactory.getLogger(DeadLetterPublisher.class);

    private static final int MOST_REMEMBERED = 10_000;

    private final String group;

    private final GroupPublisher publisher;

    /** Messages of which a copy is stored that is not durable enough. */
    private final Set<String> stored = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {

        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_REMEMBERED;
        }

    }));

    public DeadLetterPublisher(String group, GroupPublisher publisher) {
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
    public @Nullable Dropping dropping() {
        return null;
    }

    @Override
    public void delivered(MessageExt message, RecordKey key, boolean processed) {
    }

    /**
     * Returns when the broker has stored the message: the whole of it; if the broker will
     * never take that, without some of its properties; else what identifies it, with the
     * place where it is.
     * <p>
     * A copy that is stored with less than the broker's durability is not enough the
     * first time. The second time it is: each attempt leaves one more, and the message
     * would never be parked while a replica is down.
     * @throws ParkingFailedException if that is not certain
     */
    public void publish(MessageExt message, int failures, Throwable failure) {
        Message letter = letter(message, failures, failure);
        try {
            publishInAnyForm(letter, message);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ParkingFailedException("Interrupted while parking in " + topic(), ex);
        }
        catch (NotDurableException ex) {
            if (this.stored.add(String.valueOf(Marks.uniqKey(message)))) {
                throw failed(ex);
            }
            logger.warn("Message {} is parked in {}, but not with the durability that the broker is configured for: {}."
                    + " Check its replicas and its disk", message.getMsgId(), topic(), ex.getErrorMessage());
        }
        catch (Exception ex) {
            throw failed(ex);
        }
        this.stored.remove(String.valueOf(Marks.uniqKey(message)));
    }

    private void publishInAnyForm(Message letter, MessageExt message) throws Exception {
        try {
            this.publisher.sendConfirmed(letter);
        }
        catch (Exception ex) {
            requireIllegal(ex);
            Message fewer = LetterCopy.withFewerProperties(letter);
            logger.warn("The broker does not take a copy of message {} for {}: it is parked there without {}",
                    message.getMsgId(), topic(), fewer.getProperty(LetterCopy.CUT), ex);
            try {
                this.publisher.sendConfirmed(fewer);
            }
            catch (Exception again) {
                requireIllegal(again);
                Message place = LetterCopy.withoutPayload(letter, message);
                logger.error(
                        "The broker does not take the payload of message {} for {}: only its place is parked there",
                        message.getMsgId(), topic(), again);
                this.publisher.sendConfirmed(place);
            }
        }
    }

    private static void requireIllegal(Exception ex) throws Exception {
        if (!GroupPublisher.isIllegal(ex)) {
            throw ex;
        }
    }

    private ParkingFailedException failed(Exception cause) {
        return new ParkingFailedException("Could not park in " + topic() + ": check that the broker is reachable"
                + " and lets this application write there", cause);
    }

    private Message letter(MessageExt message, int failures, Throwable failure) {
        Message letter = this.publisher.retryCopy(message);
        MessageAccessor.setReconsumeTime(letter, String.valueOf(Math.max(1, failures)));
        MessageAccessor.setMaxReconsumeTimes(letter, "0");
        letter.putUserProperty(FAILURES, String.valueOf(failures));
        letter.putUserProperty(EXCEPTION, name(failure));
        return letter;
    }

    private static String name(Throwable failure) {
        String name = failure.getClass().getName();
        return name.substring(0, Math.min(name.length(), MAX_EXCEPTION_LENGTH));
    }

}
