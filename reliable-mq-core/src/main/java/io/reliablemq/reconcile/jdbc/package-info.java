/**
 * internal: Both sides of the comparison, groups and runs in database tables.
 */
@NullMarked
package io.reliablemq.reconcile.jdbc;

import org.jspecify.annotations.NullMarked;
