/**
 * API: Listeners tuned at run time: threads and rates set by hand, and concurrency that
 * adapts to the backlog.
 */
@NullMarked
package io.reliablemq.concurrency;

import org.jspecify.annotations.NullMarked;
