package io.reliablemq.listener;

/**
 * How a listener gives way.
 */
public enum OverloadAction {

    /** Not at all. */
    NONE,

    /** Stops pulling; its messages wait in the topic. */
    PAUSED,

    /** Goes on at a low rate; the rest waits in the topic. */
    SLOWED,

    /**
     * Its messages go to the end of the group's own retry topic and come again later,
     * with the same ids. Not for ordered listeners.
     */
    DEFERRED,

    /**
     * Its messages are recorded as dropped and acknowledged without an effect. Only for
     * guarded listeners with a store, and never for ordered ones.
     */
    DROPPED

}
