/**
 * API: The exceptions that every part of the library throws.
 */
@NullMarked
package io.reliablemq;

import org.jspecify.annotations.NullMarked;
