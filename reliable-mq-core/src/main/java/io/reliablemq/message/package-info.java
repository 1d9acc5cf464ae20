/**
 * API: The message as an application describes it, before it is converted and sent.
 */
@NullMarked
package io.reliablemq.message;

import org.jspecify.annotations.NullMarked;
