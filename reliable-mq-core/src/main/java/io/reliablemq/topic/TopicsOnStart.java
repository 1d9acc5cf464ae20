package io.reliablemq.topic;

/**
 * What happens with declared topics when the application starts.
 */
public enum TopicsOnStart {

    /** Nothing. */
    NONE,

    /** They are compared with what the brokers have, and differences are reported. */
    CHECK,

    /** Missing ones are created; then as {@link #CHECK}. */
    CREATE

}
