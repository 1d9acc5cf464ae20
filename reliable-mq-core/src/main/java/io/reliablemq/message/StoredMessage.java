package io.reliablemq.message;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.reliablemq.id.IdSpace;
import org.jspecify.annotations.Nullable;

/**
 * A message as the tables hold it: enough to send it again with the same ids.
 *
 * @param id carried as {@code RELIABLE_ID}, {@code null} if the message was not sent by
 * this library
 * @param space carried as {@code RELIABLE_SPACE}, {@code null} if it carries none
 * @param uniqKey RocketMQ's UNIQ_KEY
 * @param cluster name of the cluster it belongs to
 * @param topic the topic, without a namespace
 * @param tag the tag, if it has one
 * @param keys all keys, the id included
 * @param orderingKey the ordering key, if it has one
 * @param headers user properties, those of this library included
 * @param payload the converted payload; not copied, not to be changed
 * @param deliverAt when it becomes due, if it is delayed
 */
@SuppressWarnings("ArrayRecordComponent")
public record StoredMessage(@Nullable Long id, @Nullable String space, @Nullable String uniqKey, String cluster,
        String topic, @Nullable String tag, List<String> keys, @Nullable String orderingKey,
        Map<String, String> headers, byte[] payload, @Nullable Instant deliverAt) {

    /** Name of the cluster that {@code rocketmq.name-server} leads to. */
    public static final String DEFAULT_CLUSTER = "default";

    /**
     * Checks the space.
     */
    public StoredMessage {
        space = IdSpace.check(space);
    }

    /**
     * A message without an id space.
     * @param id as above
     * @param uniqKey as above
     * @param cluster as above
     * @param topic as above
     * @param tag as above
     * @param keys as above
     * @param orderingKey as above
     * @param headers as above
     * @param payload as above
     * @param deliverAt as above
     */
    public StoredMessage(@Nullable Long id, @Nullable String uniqKey, String cluster, String topic,
            @Nullable String tag, List<String> keys, @Nullable String orderingKey, Map<String, String> headers,
            byte[] payload, @Nullable Instant deliverAt) {
        this(id, null, uniqKey, cluster, topic, tag, keys, orderingKey, headers, payload, deliverAt);
    }

    /**
     * Describes the message without its content.
     * @return text for logs
     */
    @Override
    public String toString() {
        return "StoredMessage[id=" + this.id + ", space=" + this.space + ", topic=" + this.topic + "]";
    }

}
