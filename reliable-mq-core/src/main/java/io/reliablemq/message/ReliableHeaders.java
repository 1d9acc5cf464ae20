package io.reliablemq.message;

import java.util.Set;

/**
 * Names of the headers (RocketMQ: user properties) that this library sets. An application
 * may read them, but not set them.
 */
public final class ReliableHeaders {

    /** Start of all names that belong to this library. */
    public static final String PREFIX = "RELIABLE_";

    /** The message's 64-bit id, decimal. Stays the same when a message is sent again. */
    public static final String ID = PREFIX + "ID";

    /**
     * The space in which {@link #ID} was drawn only once, see
     * {@link io.reliablemq.id.IdSpace}. What identifies a message is both together.
     */
    public static final String SPACE = PREFIX + "SPACE";

    /** {@code true} where the application chose {@link #ID}, to send a message again. */
    public static final String GIVEN_ID = PREFIX + "GIVEN_ID";

    /**
     * The UNIQ_KEY of the message that the headers of this library were made for. On
     * another message, whose maker copied them, they mean nothing.
     */
    public static final String MADE_FOR = PREFIX + "MADE_FOR";

    /**
     * The one consumer group a copy is meant for; guarded listeners of other groups
     * acknowledge it without processing it.
     */
    public static final String TARGET_GROUP = PREFIX + "TARGET_GROUP";

    /** The ordering key, if the message has one. */
    public static final String ORDERING_KEY = PREFIX + "ORDERING_KEY";

    /** When a delayed message becomes due, milliseconds since 1970, decimal. */
    public static final String DELIVER_AT = PREFIX + "DELIVER_AT";

    /** The dead letter that a copy was made of, decimal. */
    public static final String LETTER_ID = PREFIX + "LETTER_ID";

    /** How often the delivery of a copy was deferred under overload, decimal. */
    public static final String DEFERRALS = PREFIX + "DEFERRALS";

    /**
     * How urgent the message is: {@code HIGH}, {@code NORMAL} or {@code LOW}. The only
     * name of this library that an application may set, see
     * {@link ReliableMessage.Builder#priority}.
     */
    public static final String PRIORITY = PREFIX + "PRIORITY";

    /** Start of the names of values that travel from one logging context to another. */
    public static final String MDC_PREFIX = PREFIX + "MDC_";

    /** Name under which the id of the message in hand is found in the logging context. */
    public static final String MDC_KEY = "reliableMqId";

    /**
     * RocketMQ's own property names that belong to one delivery: it drops, overwrites or
     * acts upon them.
     */
    private static final Set<String> ROCKETMQ_NAMES = Set.of("1ST_POP_TIME", "ARRIVE_TIME", "BORN_TIMESTAMP",
            "BUYER_ID", "CHECK_IMMUNITY_TIME_IN_SECONDS", "CLUSTER", "CONSUME_START_TIME", "CORRECTION_FLAG",
            "CORRELATION_ID", "DELAY", "DLQ_ORIGIN_MESSAGE_ID", "DLQ_ORIGIN_TOPIC", "DUP_INFO", "EXTEND_UNIQ_INFO",
            "E_T", "INNER_BASE", "INNER_MULTI_DISPATCH", "INNER_MULTI_QUEUE_OFFSET", "INNER_NUM", "INSTANCE_ID", "KEYS",
            "MAX_OFFSET", "MAX_RECONSUME_TIMES", "MIN_OFFSET", "MQ2_FLAG", "MSG_REGION", "MSG_TYPE", "ORIGIN_GROUP",
            "ORIGIN_MESSAGE_ID", "PGROUP", "POP_CK", "POP_CK_OFFSET", "PROPERTY_FORWARD_QUEUE_ID", "PUSH_REPLY_TIME",
            "REAL_QID", "REAL_TOPIC", "RECONSUME_TIME", "REDIRECT", "REPLY_TO_CLIENT", "RETRY_TOPIC", "TAGS",
            "TIMER_DELAY_LEVEL", "TIMER_DELAY_MS", "TIMER_DELAY_SEC", "TIMER_DELIVER_MS", "TIMER_DEL_UNIQKEY",
            "TIMER_DEQUEUE_MS", "TIMER_ENQUEUE_MS", "TIMER_OUT_MS", "TIMER_ROLL_LABEL", "TIMER_ROLL_TIMES", "TRACE_ON",
            "TRANSACTION_CHECK_TIMES", "TRANSFER_FLAG", "TRANS_OFFSET", "TRAN_MSG", "TRAN_PREPARED_QUEUE_OFFSET", "TTL",
            "UNIQ_KEY", "WAIT", "_SYS_MSG_PRIORITY_", "__BORNHOST", "__CRC32#", "__LITE_TOPIC", "__STARTDELIVERTIME");

    /** Set by RocketMQ's other clients; they stay with the message. */
    private static final Set<String> CLIENT_NAMES = Set.of("TRACE_CONTEXT", "__SHARDINGKEY", "__transactionId__");

    /** RocketMQ's properties that are never stored. */
    private static final String TRANSIENT_PREFIX = "__RMQ.TRANSIENT.";

    private ReliableHeaders() {
    }

    /**
     * Whether applications may not set a header of this name.
     * @param name the header's name
     * @return {@code true} for names of this library and of RocketMQ itself
     */
    public static boolean isReserved(String name) {
        return (name.startsWith(PREFIX) && !name.equals(PRIORITY)) || isRocketMQName(name)
                || CLIENT_NAMES.contains(name);
    }

    /**
     * Whether RocketMQ gives a meaning to this name in the course of a delivery, so that
     * it is no part of the message.
     * @param name the header's name
     * @return {@code true} for such a name of its own
     */
    public static boolean isRocketMQName(String name) {
        return ROCKETMQ_NAMES.contains(name) || name.startsWith(TRANSIENT_PREFIX);
    }

}
