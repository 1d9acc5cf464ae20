/**
 * API and SPI: Compares what was sent with what each group consumed, and sends again what
 * was lost.
 */
@NullMarked
package io.reliablemq.reconcile;

import org.jspecify.annotations.NullMarked;
