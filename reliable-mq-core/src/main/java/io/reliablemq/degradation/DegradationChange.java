package io.reliablemq.degradation;

import java.time.Instant;

/**
 * The level has changed. Published as an application event.
 *
 * @param at when
 * @param from the level before
 * @param to the level now
 * @param forced whether a person wants it
 * @param reason why
 */
public record DegradationChange(Instant at, DegradationLevel from, DegradationLevel to, boolean forced, String reason) {
}
