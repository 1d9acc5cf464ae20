/**
 * internal: What the library's tables know about messages that wait.
 */
@NullMarked
package io.reliablemq.backlog.jdbc;

import org.jspecify.annotations.NullMarked;
