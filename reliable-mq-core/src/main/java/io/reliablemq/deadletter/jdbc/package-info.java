/**
 * internal: Dead letters in the application's database.
 */
@NullMarked
package io.reliablemq.deadletter.jdbc;

import org.jspecify.annotations.NullMarked;
