package io.reliablemq.producer;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.id.IdSpace;
import io.reliablemq.message.ReliableHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A message after conversion: everything that its attempts have in common. Sent again, it
 * is the same message with the same ids.
 *
 * @param id carried as {@code RELIABLE_ID}
 * @param space carried as {@code RELIABLE_SPACE}, {@code null} if it carries none
 * @param uniqKey RocketMQ's UNIQ_KEY
 * @param topic the topic
 * @param tag the tag, if it has one
 * @param keys all keys, the id included
 * @param body the converted payload, no array of the caller's; not copied, not to be
 * changed
 * @param properties user properties, those of this library included
 * @param orderingKey messages of a topic that share it go to one queue
 * @param deliverAt when it becomes due, if it is delayed
 */
@SuppressWarnings("ArrayRecordComponent")
public record PreparedMessage(long id, @Nullable String space, String uniqKey, String topic, @Nullable String tag,
        List<String> keys, byte[] body, Map<String, String> properties, @Nullable String orderingKey,
        @Nullable Instant deliverAt) {

    /**
     * Checks the space.
     */
    public PreparedMessage {
        space = IdSpace.check(space);
    }

    /**
     * A message without an id space.
     * @param id as above
     * @param uniqKey as above
     * @param topic as above
     * @param tag as above
     * @param keys as above
     * @param body as above
     * @param properties as above
     * @param orderingKey as above
     * @param deliverAt as above
     */
    public PreparedMessage(long id, String uniqKey, String topic, @Nullable String tag, List<String> keys, byte[] body,
            Map<String, String> properties, @Nullable String orderingKey, @Nullable Instant deliverAt) {
        this(id, null, uniqKey, topic, tag, keys, body, properties, orderingKey, deliverAt);
    }

    /**
     * Where it goes.
     * @return {@code topic} or {@code topic:tag}
     */
    public String destination() {
        return (this.tag != null) ? this.topic + ":" + this.tag : this.topic;
    }

    PreparedMessage identifiedBy(@Nullable String space, boolean given) {
        if (space == null && !given) {
            return this;
        }
        Map<String, String> all = new LinkedHashMap<>(this.properties);
        if (space != null) {
            all.put(ReliableHeaders.SPACE, space);
        }
        if (given) {
            all.put(ReliableHeaders.GIVEN_ID, "true");
        }
        return new PreparedMessage(this.id, space, this.uniqKey, this.topic, this.tag, this.keys, this.body,
                Collections.unmodifiableMap(all), this.orderingKey, this.deliverAt);
    }

    PreparedMessage withProperties(Map<String, String> more) {
        if (more.isEmpty()) {
            return this;
        }
        Map<String, String> all = new LinkedHashMap<>(this.properties);
        all.putAll(more);
        return new PreparedMessage(this.id, this.space, this.uniqKey, this.topic, this.tag, this.keys, this.body,
                Collections.unmodifiableMap(all), this.orderingKey, this.deliverAt);
    }

    /**
     * Describes the message without its content.
     * @return text for logs
     */
    @Override
    public String toString() {
        return "PreparedMessage[id=" + this.id + ", space=" + this.space + ", destination=" + destination() + "]";
    }

}
