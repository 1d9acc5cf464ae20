/**
 * internal: Failed deliveries counted in the application's database.
 */
@NullMarked
package io.reliablemq.retry.jdbc;

import org.jspecify.annotations.NullMarked;
