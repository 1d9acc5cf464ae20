/**
 * API and SPI: The trail of a message: what the ledger, the brokers and the consumer
 * groups know of it, and where it got lost.
 */
@NullMarked
package io.reliablemq.trace;

import org.jspecify.annotations.NullMarked;
