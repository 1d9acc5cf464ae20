/**
 * internal: Sends prepared messages with the RocketMQ client, one attempt at a time.
 */
@NullMarked
package io.reliablemq.rocketmq.transport;

import org.jspecify.annotations.NullMarked;
