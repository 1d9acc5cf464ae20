package io.reliablemq.topic;

/**
 * How a change of a topic's number of queues ended.
 */
public enum ResizeOutcome {

    /** All brokers have the number that was asked for. */
    DONE,

    /** They had it before. */
    UNCHANGED,

    /** Nothing was changed, for the reasons given. */
    REFUSED,

    /**
     * The queues to go are not written any more, but still read, because messages wait in
     * them. The same request goes on from there.
     */
    NOT_DRAINED,

    /**
     * A broker could not be asked or told. No message is lost by what was done until
     * then; the same request goes on from there.
     */
    INCOMPLETE

}
