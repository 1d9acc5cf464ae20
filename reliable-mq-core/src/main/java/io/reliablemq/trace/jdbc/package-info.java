/**
 * internal: What the database knows of a message.
 */
@NullMarked
package io.reliablemq.trace.jdbc;

import org.jspecify.annotations.NullMarked;
