/**
 * internal: Worker ids leased from Redis.
 */
@NullMarked
package io.reliablemq.id.redis;

import org.jspecify.annotations.NullMarked;
