package io.reliablemq.producer;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A message after conversion: everything that its attempts have in common. Sent again, it
 * is the same message with the same ids.
 *
 * @param id carried as {@code RELIABLE_ID}
 * @param uniqKey RocketMQ's UNIQ_KEY
 * @param topic the topic
 * @param tag the tag, if it has one
 * @param keys all keys, the id included
 * @param body the converted payload; not copied, not to be changed
 * @param properties user properties, those of this library included
 * @param orderingKey messages of a topic that share it go to one queue
 * @param deliverAt when it becomes due, if it is delayed
 */
@SuppressWarnings("ArrayRecordComponent")
public record PreparedMessage(long id, String uniqKey, String topic, @Nullable String tag, List<String> keys,
        byte[] body, Map<String, String> properties, @Nullable String orderingKey, @Nullable Instant deliverAt) {

    /**
     * Where it goes.
     * @return {@code topic} or {@code topic:tag}
     */
    public String destination() {
        return (this.tag != null) ? this.topic + ":" + this.tag : this.topic;
    }

    PreparedMessage withProperties(Map<String, String> more) {
        if (more.isEmpty()) {
            return this;
        }
        Map<String, String> all = new LinkedHashMap<>(this.properties);
        all.putAll(more);
        return new PreparedMessage(this.id, this.uniqKey, this.topic, this.tag, this.keys, this.body,
                Collections.unmodifiableMap(all), this.orderingKey, this.deliverAt);
    }

    /**
     * Describes the message without its content.
     * @return text for logs
     */
    @Override
    public String toString() {
        return "PreparedMessage[id=" + this.id + ", destination=" + destination() + "]";
    }

}
