package io.reliablemq.message;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A message to be sent. Checked when it is created, so that what is wrong is reported
 * where it was written.
 *
 * @param <T> type of the payload
 * @param id the message's id; {@code null} lets the template draw one. An application
 * that sends the same logical message again gives the same id
 * @param space the space of the id, if it is not the application's own one
 * @param topic the topic
 * @param tag the tag, if it has one
 * @param payload what is converted to the body: neither {@code null} nor empty
 * @param keys keys under which the broker finds the message; the id is added when it is
 * sent
 * @param orderingKey messages of one topic that share it are stored in one queue, in the
 * order in which they were sent. Adding or removing queues or brokers moves keys to other
 * queues
 * @param headers headers for the consumer; reserved names are refused, see
 * {@link ReliableHeaders#isReserved}
 * @param delay how long after the send it is delivered, at most {@link #MAX_DELAY}; not
 * together with an ordering key
 */
public record ReliableMessage<T>(@Nullable Long id, @Nullable String space, String topic, @Nullable String tag,
        T payload, List<String> keys, @Nullable String orderingKey, Map<String, String> headers,
        @Nullable Duration delay) {

    /** Longest delay that a broker accepts by default. */
    public static final Duration MAX_DELAY = Duration.ofDays(3);

    /**
     * Checks the message and copies its keys and headers.
     * @throws InvalidMessageException saying what is wrong and what to write instead
     */
    public ReliableMessage {
        Destination.checkTopic(topic);
        Destination.checkTag(tag);
        MessageRules.checkId(id, space);
        MessageRules.checkPayload(payload);
        keys = MessageRules.checkedKeys(keys);
        MessageRules.checkOrderingKey(orderingKey);
        headers = MessageRules.checkedHeaders(headers);
        MessageRules.checkDelay(delay, orderingKey);
    }

    /**
     * A message of the application's own id space.
     * @param id as above
     * @param topic as above
     * @param tag as above
     * @param payload as above
     * @param keys as above
     * @param orderingKey as above
     * @param headers as above
     * @param delay as above
     * @throws InvalidMessageException saying what is wrong and what to write instead
     */
    public ReliableMessage(@Nullable Long id, String topic, @Nullable String tag, T payload, List<String> keys,
            @Nullable String orderingKey, Map<String, String> headers, @Nullable Duration delay) {
        this(id, null, topic, tag, payload, keys, orderingKey, headers, delay);
    }

    /**
     * Starts a message.
     * @param destination {@code topic} or {@code topic:tag}
     * @return a builder that still needs a payload
     */
    public static Builder<Object> to(String destination) {
        return new Builder<>(Destination.parse(destination));
    }

    /**
     * Where it goes.
     * @return {@code topic} or {@code topic:tag}
     */
    public String destination() {
        return (this.tag != null) ? this.topic + ":" + this.tag : this.topic;
    }

    /**
     * Describes the message without its payload and its headers' values.
     * @return text for logs
     */
    @Override
    public String toString() {
        return "ReliableMessage[id=" + this.id + ", space=" + this.space + ", destination=" + destination() + ", keys="
                + this.keys + ", orderingKey=" + this.orderingKey + ", headers=" + this.headers.keySet() + ", delay="
                + this.delay + "]";
    }

    /**
     * Collects the parts of a message. Not safe for concurrent use.
     *
     * @param <T> type of the payload
     */
    public static final class Builder<T> {

        private final Destination destination;

        private final List<String> keys = new ArrayList<>();

        private final Map<String, String> headers = new LinkedHashMap<>();

        private @Nullable Long id;

        private @Nullable String space;

        private @Nullable T payload;

        private @Nullable String orderingKey;

        private @Nullable Duration delay;

        private Builder(Destination destination) {
            this.destination = destination;
        }

        /**
         * Sets what is converted to the body.
         * @param <P> type of the payload
         * @param payload the payload, neither {@code null} nor empty
         * @return this builder
         */
        @SuppressWarnings("unchecked")
        public <P> Builder<P> payload(P payload) {
            Builder<P> typed = (Builder<P>) this;
            typed.payload = payload;
            return typed;
        }

        /**
         * Sets the id, to send the same logical message again, in the application's own
         * id space. Without one the template draws one.
         * @param id a positive number
         * @return this builder
         */
        public Builder<T> id(long id) {
            this.id = id;
            this.space = null;
            return this;
        }

        /**
         * Sets the id of a message of another id space, to send that message again.
         * @param id a positive number
         * @param space the space, as that message carries it in {@code RELIABLE_SPACE}
         * @return this builder
         */
        public Builder<T> id(long id, String space) {
            this.id = id;
            this.space = space;
            return this;
        }

        /**
         * Adds a key under which the broker finds the message.
         * @param key the key, without blanks
         * @return this builder
         */
        public Builder<T> key(String key) {
            this.keys.add(key);
            return this;
        }

        /**
         * Adds keys.
         * @param keys the keys, without blanks
         * @return this builder
         */
        public Builder<T> keys(Collection<String> keys) {
            this.keys.addAll(keys);
            return this;
        }

        /**
         * Sets the key whose messages stay in order.
         * @param orderingKey for example a customer's number
         * @return this builder
         */
        public Builder<T> orderingKey(String orderingKey) {
            this.orderingKey = orderingKey;
            return this;
        }

        /**
         * Sets a header; the last one of a name wins.
         * @param name its name; reserved ones are refused
         * @param value its value, not blank
         * @return this builder
         */
        public Builder<T> header(String name, String value) {
            this.headers.put(name, value);
            return this;
        }

        /**
         * Sets headers.
         * @param headers names and values
         * @return this builder
         */
        public Builder<T> headers(Map<String, String> headers) {
            this.headers.putAll(headers);
            return this;
        }

        /**
         * Says how urgent the message is. It travels as a header, and chooses the topic
         * where {@code reliable-mq.producer.priority-topics} has one for it. Messages of
         * one ordering key that go to different topics are not in order.
         * @param priority how urgent it is
         * @return this builder
         */
        public Builder<T> priority(MessagePriority priority) {
            return header(ReliableHeaders.PRIORITY, priority.name());
        }

        /**
         * Delays the delivery.
         * @param delay time from the send to the delivery, at most {@link #MAX_DELAY}
         * @return this builder
         */
        public Builder<T> delay(Duration delay) {
            this.delay = delay;
            return this;
        }

        /**
         * Checks and creates the message.
         * @return the message
         * @throws InvalidMessageException saying what is wrong and what to write instead
         */
        public ReliableMessage<T> build() {
            T checked = MessageRules.checkPayload(this.payload);
            return new ReliableMessage<>(this.id, this.space, this.destination.topic(), this.destination.tag(), checked,
                    Collections.unmodifiableList(this.keys), this.orderingKey, this.headers, this.delay);
        }

    }

}
