/**
 * API and SPI: Sends messages until they are acknowledged at the durability asked for, or
 * fails loudly.
 */
@NullMarked
package io.reliablemq.producer;

import org.jspecify.annotations.NullMarked;
