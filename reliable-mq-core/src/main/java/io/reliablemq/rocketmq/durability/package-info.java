/**
 * internal: Reads the brokers' flush and replication settings and compares them with what
 * the application expects.
 */
@NullMarked
package io.reliablemq.rocketmq.durability;

import org.jspecify.annotations.NullMarked;
