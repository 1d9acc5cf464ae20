/**
 * internal: Parks messages, in the database or in the dead-letter topic of their group.
 */
@NullMarked
package io.reliablemq.rocketmq.deadletter;

import org.jspecify.annotations.NullMarked;
