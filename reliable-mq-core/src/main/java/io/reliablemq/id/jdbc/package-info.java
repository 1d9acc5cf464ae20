/**
 * internal: Worker ids leased from a database table.
 */
@NullMarked
package io.reliablemq.id.jdbc;

import org.jspecify.annotations.NullMarked;
