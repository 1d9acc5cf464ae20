/**
 * internal: Creates, describes, grows and shrinks topics at the brokers.
 */
@NullMarked
package io.reliablemq.rocketmq.topic;

import org.jspecify.annotations.NullMarked;
