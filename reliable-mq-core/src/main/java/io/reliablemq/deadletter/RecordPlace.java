package io.reliablemq.deadletter;

/**
 * Where a group keeps its idempotency records, seen from its dead letters.
 */
public enum RecordPlace {

    /** In the same database: letter and record change together. */
    WITH_LETTERS,

    /** Somewhere else: the caller changes the record, after the letter. */
    ELSEWHERE

}
