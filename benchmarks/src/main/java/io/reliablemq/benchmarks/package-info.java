/**
 * Measures this library against plain RocketMQ-Spring, in the same run.
 */
@NullMarked
package io.reliablemq.benchmarks;

import org.jspecify.annotations.NullMarked;
