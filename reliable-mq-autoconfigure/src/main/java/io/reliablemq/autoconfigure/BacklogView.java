package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.BacklogState;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.backlog.LagAccuracy;
import io.reliablemq.backlog.QueueBacklog;
import io.reliablemq.backlog.WaitingMessage;
import io.reliablemq.backlog.WatchedGroup;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of the backlog for the endpoint, with durations in seconds and ids as text.
 *
 * @param at when the poll began
 * @param costMillis how long it took
 * @param questions number of its requests
 * @param problems what could not be read
 * @param groups the groups
 */
public record BacklogView(Instant at, long costMillis, int questions, List<String> problems, List<Group> groups) {

    static BacklogView of(BacklogSnapshot snapshot) {
        return new BacklogView(snapshot.at(), snapshot.cost().toMillis(), snapshot.questions(), snapshot.problems(),
                snapshot.watched().stream().map((it) -> Group.of(it, snapshot)).toList());
    }

    private static @Nullable Double seconds(@Nullable Duration duration) {
        return (duration != null) ? duration.toMillis() / 1000.0 : null;
    }

    /**
     * A group.
     *
     * @param at when the poll began
     * @param group its name
     * @param state the worst of its topics
     * @param lag messages that wait, over its topics; {@code null} if one of them could
     * not be read
     * @param ageSeconds age of the oldest of them; {@code null} if a topic could not be
     * read
     * @param consumers connected clients
     * @param pausedBy callers that have paused its listener in this instance
     * @param retry messages in its retry topic
     * @param retryAgeSeconds age of the oldest of them
     * @param waitingForRetry messages that wait until they are due again
     * @param deadLettersAtBroker messages in its dead-letter topic
     * @param deadLettersInDatabase parked letters
     * @param own whether this application has a listener of it
     * @param topics its topics
     */
    public record Group(Instant at, String group, @Nullable BacklogState state, @Nullable Long lag,
            @Nullable Double ageSeconds, int consumers, Set<String> pausedBy, @Nullable Long retry,
            @Nullable Double retryAgeSeconds, @Nullable Long waitingForRetry, @Nullable Long deadLettersAtBroker,
            @Nullable Long deadLettersInDatabase, boolean own, List<Topic> topics) {

        static Group of(WatchedGroup group, BacklogSnapshot snapshot) {
            List<GroupBacklog> topics = snapshot.of(group.group());
            boolean known = group.complete();
            return new Group(snapshot.at(), group.group(),
                    topics.stream().map(GroupBacklog::state).max(Comparator.naturalOrder()).orElse(null),
                    known ? topics.stream().mapToLong(GroupBacklog::messages).sum() : null,
                    known ? topics.stream().mapToDouble((it) -> it.age().toMillis() / 1000.0).max().orElse(0) : null,
                    group.consumers(), group.pausedBy(), group.retryMessages(),
                    (group.retryMessages() != null) ? seconds(group.retryAge()) : null, group.waitingForRetry(),
                    group.deadLettersAtBroker(), group.deadLettersInDatabase(), group.own(),
                    topics.stream().map(Topic::of).toList());
        }

    }

    /**
     * A topic of a group.
     *
     * @param topic its name
     * @param state health of the group's consumption of it
     * @param lag messages that wait
     * @param accuracy whether that number is exact
     * @param ageSeconds age of the oldest of them
     * @param inFlight those that clients have in memory
     * @param arrivalPerSecond messages stored per second
     * @param consumedPerSecond messages acknowledged per second
     * @param secondsToDrain time until nothing waits; {@code null} if the backlog does
     * not shrink
     * @param skew messages of the fullest queue over the average
     * @param lost messages deleted before they were consumed
     * @param expiresInSeconds time until the oldest may be deleted
     * @param stalledForSeconds how long a queue has been stalled
     * @param stalledAt the message that blocks it
     * @param idleConsumers clients without a queue
     * @param queues its queues
     * @param cluster name of its cluster
     */
    public record Topic(String topic, BacklogState state, long lag, LagAccuracy accuracy, @Nullable Double ageSeconds,
            long inFlight, @Nullable Double arrivalPerSecond, @Nullable Double consumedPerSecond,
            @Nullable Double secondsToDrain, double skew, long lost, @Nullable Double expiresInSeconds,
            @Nullable Double stalledForSeconds, @Nullable Message stalledAt, int idleConsumers, List<Queue> queues,
            String cluster) {

        static Topic of(GroupBacklog it) {
            return new Topic(it.topic(), it.state(), it.messages(), it.accuracy(), seconds(it.age()), it.inFlight(),
                    (it.rates() != null) ? it.rates().arrival() : null,
                    (it.rates() != null) ? it.rates().consumption() : null, seconds(it.timeToDrain()), it.skew(),
                    it.lost(), seconds(it.expiresIn()), seconds(it.stalledFor()),
                    it.stalledQueue().map(QueueBacklog::head).map(Message::of).orElse(null), it.idle(),
                    it.queues().stream().map(Queue::of).toList(), it.cluster());
        }

    }

    /**
     * A queue.
     *
     * @param queue broker and number
     * @param lag messages that wait
     * @param ageSeconds age of the oldest of them
     * @param inFlight those that clients have in memory
     * @param minOffset offset of the oldest message kept
     * @param committed offset of the next message to consume, -1 if there is none
     * @param maxOffset offset that the next message will get
     * @param lost messages deleted before they were consumed
     * @param frozenForSeconds how long messages have waited at an offset that does not
     * move
     * @param head the message that blocks a stalled queue
     */
    public record Queue(String queue, long lag, @Nullable Double ageSeconds, long inFlight, long minOffset,
            long committed, long maxOffset, long lost, @Nullable Double frozenForSeconds, @Nullable Message head) {

        static Queue of(QueueBacklog it) {
            WaitingMessage head = it.head();
            return new Queue(it.name(), it.messages(), seconds(it.age()), it.inFlight(), it.minOffset(), it.committed(),
                    it.maxOffset(), it.lost(), seconds(it.frozenFor()), (head != null) ? Message.of(head) : null);
        }

    }

    /**
     * A message. Its payload is not read.
     *
     * @param msgId RocketMQ's id
     * @param id the library's id
     * @param keys its keys
     * @param tag its tag
     * @param queue broker and number of its queue
     * @param offset its offset there
     * @param storedAt when the broker stored it
     */
    public record Message(String msgId, @Nullable String id, @Nullable String keys, @Nullable String tag, String queue,
            long offset, Instant storedAt) {

        static Message of(WaitingMessage it) {
            return new Message(it.msgId(), (it.id() != null) ? Long.toString(it.id()) : null, it.keys(), it.tag(),
                    it.broker() + ":" + it.queueId(), it.offset(), it.storedAt());
        }

    }

}
