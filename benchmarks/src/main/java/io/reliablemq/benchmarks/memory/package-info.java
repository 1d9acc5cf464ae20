/**
 * What needs no server: ids, headers, keys, backoff, measured by JMH. Two of the classes
 * lie in the packages of what they measure, which is not public.
 */
@NullMarked
package io.reliablemq.benchmarks.memory;

import org.jspecify.annotations.NullMarked;
