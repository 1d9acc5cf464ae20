/**
 * internal: Listener containers: how deliveries are routed through the guard, what is
 * checked at startup, and the drain at shutdown.
 */
@NullMarked
package io.reliablemq.rocketmq.listener;

import org.jspecify.annotations.NullMarked;
