package io.reliablemq.autoconfigure;

/**
 * When actuator endpoints show payloads and headers of messages.
 */
public enum PayloadVisibility {

    /** Never. */
    NEVER,

    /** To authenticated callers. */
    WHEN_AUTHORIZED,

    /** To every caller of the endpoint. */
    ALWAYS

}
