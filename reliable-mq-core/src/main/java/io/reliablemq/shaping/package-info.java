/**
 * API: Rate limits: how many messages pass in a second.
 */
@NullMarked
package io.reliablemq.shaping;

import org.jspecify.annotations.NullMarked;
