/**
 * The consuming side in Redis.
 */
@NullMarked
package io.reliablemq.reconcile.redis;

import org.jspecify.annotations.NullMarked;
