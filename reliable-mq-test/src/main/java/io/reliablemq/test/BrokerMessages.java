package io.reliablemq.test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.rocketmq.broker.BrokerController;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.store.GetMessageResult;
import org.apache.rocketmq.store.MessageStore;
import org.apache.rocketmq.store.exception.ConsumeQueueException;

/**
 * What a running broker has stored, read without a client.
 */
final class BrokerMessages {

    private static final String READER = "embedded-broker-reader";

    private static final int PAGE = 32;

    private static final Duration DISPATCH_LIMIT = Duration.ofSeconds(30);

    private final BrokerController controller;

    BrokerMessages(BrokerController controller) {
        this.controller = controller;
    }

    Set<String> topics() {
        Set<String> topics = new TreeSet<>(this.controller.getTopicConfigManager().getTopicConfigTable().keySet());
        topics.removeIf(TopicValidator::isSystemTopic);
        return topics;
    }

    long count(String topic) {
        awaitDispatch();
        long count = 0;
        for (int queue = 0; queue < queues(topic); queue++) {
            count += end(topic, queue) - begin(topic, queue);
        }
        return count;
    }

    List<MessageExt> read(String topic) {
        awaitDispatch();
        List<MessageExt> messages = new ArrayList<>();
        for (int queue = 0; queue < queues(topic); queue++) {
            read(topic, queue, messages);
        }
        return messages;
    }

    private void read(String topic, int queue, List<MessageExt> messages) {
        long end = end(topic, queue);
        long offset = begin(topic, queue);
        while (offset < end) {
            GetMessageResult page = store().getMessage(READER, topic, queue, offset, PAGE, null);
            if (page == null) {
                return;
            }
            try {
                page.getMessageBufferList().forEach((buffer) -> messages.add(MessageDecoder.decode(buffer)));
                offset = Math.max(offset + 1, page.getNextBeginOffset());
            }
            finally {
                page.release();
            }
        }
    }

    Map<Integer, Long> committedOffsets(String group, String topic) {
        Map<Integer, Long> offsets = this.controller.getConsumerOffsetManager().queryOffset(group, topic);
        return (offsets != null) ? new TreeMap<>(offsets) : Map.of();
    }

    void commitOffset(String group, String topic, int queue, long offset) {
        this.controller.getConsumerOffsetManager().commitOffset("embedded", group, topic, queue, offset);
    }

    /**
     * An acknowledged message is in the log, and a moment later in its queue.
     */
    private void awaitDispatch() {
        long logged = store().getConfirmOffset();
        Patience.await("the dispatch of all messages in the log to their queues", DISPATCH_LIMIT,
                () -> dispatched() >= logged);
    }

    private long dispatched() {
        // In this order: a message between the two calls makes the result too small.
        long logged = store().getConfirmOffset();
        return logged - store().dispatchBehindBytes();
    }

    private int queues(String topic) {
        TopicConfig config = this.controller.getTopicConfigManager().selectTopicConfig(topic);
        return (config != null) ? Math.max(config.getReadQueueNums(), config.getWriteQueueNums()) : 0;
    }

    private long begin(String topic, int queue) {
        return Math.max(0, store().getMinOffsetInQueue(topic, queue));
    }

    private long end(String topic, int queue) {
        try {
            return store().getMaxOffsetInQueue(topic, queue);
        }
        catch (ConsumeQueueException ex) {
            throw new EmbeddedBrokerException("Queue " + queue + " of topic " + topic + " can't be read.", ex);
        }
    }

    private MessageStore store() {
        return this.controller.getMessageStore();
    }

}
