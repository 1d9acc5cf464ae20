/**
 * API and SPI: Messages that are stored in the application's database before they are
 * sent, and the relay that sends them.
 */
@NullMarked
package io.reliablemq.outbox;

import org.jspecify.annotations.NullMarked;
