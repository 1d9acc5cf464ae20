/**
 * internal: The consuming side of the comparison in Redis.
 */
@NullMarked
package io.reliablemq.reconcile.redis;

import org.jspecify.annotations.NullMarked;
