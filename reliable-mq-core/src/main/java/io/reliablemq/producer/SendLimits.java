package io.reliablemq.producer;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.reliablemq.throttling.RateLimit;
import org.jspecify.annotations.Nullable;

/**
 * Rate limits of sending, per instance and topic.
 */
public final class SendLimits {

    private static final SendLimits NONE = new SendLimits(Map.of());

    private final Map<String, RateLimit> limits;

    private SendLimits(Map<String, RateLimit> limits) {
        this.limits = limits;
    }

    /**
     * Limits nothing.
     * @return limits for no topic
     */
    public static SendLimits none() {
        return NONE;
    }

    /**
     * Creates limits.
     * @param perSecond messages per second by topic
     * @return the limits
     * @throws io.reliablemq.InvalidConfigurationException if a rate cannot be used
     */
    public static SendLimits of(Map<String, Double> perSecond) {
        Map<String, RateLimit> limits = new LinkedHashMap<>();
        perSecond.forEach((topic, rate) -> limits.put(topic,
                RateLimit.perSecond("reliable-mq.producer.rate-limits.\"[" + topic + "]\"", rate)));
        return new SendLimits(limits);
    }

    /**
     * The limit of a topic. Direct sends and those of the outbox share it.
     * @param topic name of the topic
     * @return its limit; {@code null} if it has none
     */
    public @Nullable RateLimit of(String topic) {
        return this.limits.get(topic);
    }

    /** Nanoseconds to wait for a turn; negative if none comes in time. */
    long take(String topic, Duration longest) {
        RateLimit limit = of(topic);
        return (limit != null) ? limit.take(1, longest) : 0;
    }

}
