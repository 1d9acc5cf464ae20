/**
 * API and SPI: Topics: what an application declares of them, how their number of queues
 * changes without a loss, and how many queues and consumers they need.
 */
@NullMarked
package io.reliablemq.topic;

import org.jspecify.annotations.NullMarked;
