/**
 * An embedded RocketMQ broker for tests and local runs.
 */
@NullMarked
package io.reliablemq.test;

import org.jspecify.annotations.NullMarked;
