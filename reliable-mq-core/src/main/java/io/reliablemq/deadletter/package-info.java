/**
 * Messages that a listener could not process: parked, looked at, replayed or discarded.
 */
@NullMarked
package io.reliablemq.deadletter;

import org.jspecify.annotations.NullMarked;
