/**
 * internal: A message's way through a listener: admission, identity, guard, outcome.
 */
@NullMarked
package io.reliablemq.rocketmq.delivery;

import org.jspecify.annotations.NullMarked;
