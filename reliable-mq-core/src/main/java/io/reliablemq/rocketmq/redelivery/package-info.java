/**
 * internal: Sends a message again to one consumer group only.
 */
@NullMarked
package io.reliablemq.rocketmq.redelivery;

import org.jspecify.annotations.NullMarked;
