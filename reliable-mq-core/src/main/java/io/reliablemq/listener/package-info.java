/**
 * API and SPI: What a listener asks for: its settings, where they come from, and the
 * rules it must keep.
 */
@NullMarked
package io.reliablemq.listener;

import org.jspecify.annotations.NullMarked;
