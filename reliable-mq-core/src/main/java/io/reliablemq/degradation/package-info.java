/**
 * API: Degradation under overload: which groups yield to more important ones, when and
 * how.
 */
@NullMarked
package io.reliablemq.degradation;

import org.jspecify.annotations.NullMarked;
