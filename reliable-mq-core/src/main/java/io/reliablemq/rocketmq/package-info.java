/**
 * internal: The kit of what touches the RocketMQ client's internals: its admin channel,
 * containers, headers and routes.
 */
@NullMarked
package io.reliablemq.rocketmq;

import org.jspecify.annotations.NullMarked;
