/**
 * API and SPI: What happens after a listener failed: attempts counted by a store,
 * backoff, giving up.
 */
@NullMarked
package io.reliablemq.retry;

import org.jspecify.annotations.NullMarked;
