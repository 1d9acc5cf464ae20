package io.reliablemq.rocketmq.backlog;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.backlog.QueueBacklog;
import io.reliablemq.backlog.WaitingMessage;
import io.reliablemq.message.MessageId;
import io.reliablemq.rocketmq.Marks;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.jspecify.annotations.Nullable;

/**
 * Looks up the messages that stalled queues wait for, once per message, and only some per
 * poll.
 */
final class StalledMessages {

    private static final int LOOKUPS = 20;

    private Map<String, WaitingMessage> known = new HashMap<>();

    private Map<String, WaitingMessage> found = new HashMap<>();

    private int lookups;

    void begin() {
        this.lookups = 0;
        this.known = this.found;
        this.found = new HashMap<>();
    }

    GroupBacklog withHeads(GroupBacklog backlog, GroupReading reading, BacklogQuestions questions)
            throws InterruptedException {
        if (backlog.queues().stream().noneMatch(QueueBacklog::stalled)) {
            return backlog;
        }
        List<QueueBacklog> queues = new ArrayList<>();
        for (QueueBacklog queue : backlog.queues()) {
            queues.add(queue.stalled() ? queue.withHead(head(backlog, queue, reading, questions)) : queue);
        }
        return backlog.withQueues(queues);
    }

    private @Nullable WaitingMessage head(GroupBacklog backlog, QueueBacklog queue, GroupReading reading,
            BacklogQuestions questions) throws InterruptedException {
        long offset = Math.max(queue.committed(), queue.minOffset());
        String key = backlog.cluster() + " " + backlog.group() + " " + backlog.topic() + " " + queue.name() + " "
                + offset;
        WaitingMessage message = this.known.get(key);
        if (message == null && this.lookups++ < LOOKUPS) {
            message = read(backlog, queue, offset, reading, questions);
        }
        if (message != null) {
            this.found.put(key, message);
        }
        return message;
    }

    private static @Nullable WaitingMessage read(GroupBacklog backlog, QueueBacklog queue, long offset,
            GroupReading reading, BacklogQuestions questions) throws InterruptedException {
        TopicBrokers.Master master = reading.masters().get(queue.broker());
        String address = (master != null) ? master.address() : null;
        if (master == null || address == null) {
            return null;
        }
        try {
            TagFilter filter = reading.filters().getOrDefault(backlog.topic(), TagFilter.none());
            MessageExt message = reading.channel()
                .first(address, new MessageQueue(backlog.topic(), master.broker(), queue.queueId()), offset,
                        filter.expression());
            return (message != null) ? describe(message, queue.broker()) : null;
        }
        catch (InterruptedException ex) {
            throw ex;
        }
        catch (Exception ex) {
            questions.problem("The message that " + backlog.group() + " waits for in queue " + queue.name() + " of "
                    + backlog.topic(), ex);
            return null;
        }
    }

    private static WaitingMessage describe(MessageExt message, String broker) {
        String uniqKey = MessageClientIDSetter.getUniqID(message);
        MessageId id = Marks.idOrNull(message);
        return new WaitingMessage(Objects.requireNonNullElse(uniqKey, message.getMsgId()),
                (id != null) ? (Long) id.id() : null, message.getKeys(), message.getTags(), broker,
                message.getQueueId(), message.getQueueOffset(), Instant.ofEpochMilli(message.getStoreTimestamp()));
    }

}
