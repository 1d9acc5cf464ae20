/**
 * API: Rate limits: how many messages pass in a second.
 */
@NullMarked
package io.reliablemq.throttling;

import org.jspecify.annotations.NullMarked;
