/**
 * internal: What the Redis stores share: atomic scripts on one key, and how keys are
 * written.
 */
@NullMarked
package io.reliablemq.redis;

import org.jspecify.annotations.NullMarked;
