/**
 * internal: Measures the backlog of consumer groups at the brokers.
 */
@NullMarked
package io.reliablemq.rocketmq.backlog;

import org.jspecify.annotations.NullMarked;
