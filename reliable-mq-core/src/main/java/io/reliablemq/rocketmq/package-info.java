/**
 * Everything that touches the RocketMQ client: sending, the hook into listener
 * containers, redelivery, parking, shutdown.
 */
@NullMarked
package io.reliablemq.rocketmq;

import org.jspecify.annotations.NullMarked;
