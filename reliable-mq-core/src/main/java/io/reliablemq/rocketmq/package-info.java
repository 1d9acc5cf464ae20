/**
 * Everything that touches the RocketMQ client.
 */
@NullMarked
package io.reliablemq.rocketmq;

import org.jspecify.annotations.NullMarked;
