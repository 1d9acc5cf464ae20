/**
 * Backlog: how far listeners are behind, how their concurrency follows, what gives way,
 * and how topics grow.
 */
@NullMarked
package io.reliablemq.backlog;

import org.jspecify.annotations.NullMarked;
