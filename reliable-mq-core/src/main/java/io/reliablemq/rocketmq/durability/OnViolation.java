package io.reliablemq.rocketmq.durability;

/**
 * What happens when brokers promise less than is expected of them.
 */
public enum OnViolation {

    /** It is logged, and seen in health and meter. */
    WARN,

    /** The application does not start; later it is logged, and its health is down. */
    FAIL,

    /** It is seen in health and meter only. */
    IGNORE

}
