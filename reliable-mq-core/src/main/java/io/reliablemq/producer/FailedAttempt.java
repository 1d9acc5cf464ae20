package io.reliablemq.producer;

import java.time.Duration;

/**
 * An attempt that did not bring the acknowledgement asked for.
 *
 * @param number number of the attempt, from 1
 * @param elapsed time since the send began
 * @param topic topic of the message
 * @param result {@link AttemptResult.Failed}, or {@link AttemptResult.Stored} with too
 * low a status
 */
public record FailedAttempt(int number, Duration elapsed, String topic, AttemptResult result) {
}
