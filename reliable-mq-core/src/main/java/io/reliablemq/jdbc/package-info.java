/**
 * internal: What every JDBC store needs: which database it is, its tables, its errors.
 */
@NullMarked
package io.reliablemq.jdbc;

import org.jspecify.annotations.NullMarked;
