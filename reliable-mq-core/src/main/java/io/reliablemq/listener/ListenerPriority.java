package io.reliablemq.listener;

/**
 * How important a listener is when not all can be served in time.
 */
public enum ListenerPriority {

    /** Never gives way; its lag is what the others give way for. */
    CRITICAL,

    /** Gives way at the second level. */
    NORMAL,

    /** Gives way first. */
    LOW

}
