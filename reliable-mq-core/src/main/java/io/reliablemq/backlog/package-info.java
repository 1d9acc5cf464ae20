/**
 * API and SPI: Backlog: how far the groups are behind, in messages and in seconds, and
 * the limits that are reported.
 */
@NullMarked
package io.reliablemq.backlog;

import org.jspecify.annotations.NullMarked;
