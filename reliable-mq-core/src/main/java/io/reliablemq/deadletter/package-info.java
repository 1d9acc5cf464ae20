/**
 * API and SPI: Messages that a listener could not process: parked, inspected, replayed or
 * discarded.
 */
@NullMarked
package io.reliablemq.deadletter;

import org.jspecify.annotations.NullMarked;
