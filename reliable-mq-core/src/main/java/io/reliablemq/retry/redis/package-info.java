/**
 * internal: Failed deliveries counted in Redis.
 */
@NullMarked
package io.reliablemq.retry.redis;

import org.jspecify.annotations.NullMarked;
