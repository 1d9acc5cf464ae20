/**
 * API and SPI: A message's effect happens once: the annotation, the guard and the store
 * behind it.
 */
@NullMarked
package io.reliablemq.idempotency;

import org.jspecify.annotations.NullMarked;
