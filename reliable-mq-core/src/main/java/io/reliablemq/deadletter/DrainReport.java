package io.reliablemq.deadletter;

/**
 * What became of the messages in a group's dead-letter topic.
 *
 * @param group consumer group
 * @param stored letters that are new
 * @param known messages that had a letter already, or that are done
 * @param left messages that the next call finds: beyond the limit, or being processed
 */
public record DrainReport(String group, int stored, int known, long left) {
}
