/**
 * The outbox in tables.
 */
@NullMarked
package io.reliablemq.outbox.jdbc;

import org.jspecify.annotations.NullMarked;
