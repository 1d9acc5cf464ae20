/**
 * internal: Consumption of messages by a listener: addressee, payload, key, admission,
 * guard, result.
 */
@NullMarked
package io.reliablemq.rocketmq.delivery;

import org.jspecify.annotations.NullMarked;
