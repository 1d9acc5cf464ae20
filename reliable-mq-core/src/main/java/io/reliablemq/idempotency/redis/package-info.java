/**
 * internal: Records of processed messages in Redis.
 */
@NullMarked
package io.reliablemq.idempotency.redis;

import org.jspecify.annotations.NullMarked;
