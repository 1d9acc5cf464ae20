/**
 * internal: Finds messages and positions of consumer groups at the brokers.
 */
@NullMarked
package io.reliablemq.rocketmq.lookup;

import org.jspecify.annotations.NullMarked;
