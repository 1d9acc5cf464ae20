/**
 * internal: Tasks that run again and again on threads of their own.
 */
@NullMarked
package io.reliablemq.schedule;

import org.jspecify.annotations.NullMarked;
