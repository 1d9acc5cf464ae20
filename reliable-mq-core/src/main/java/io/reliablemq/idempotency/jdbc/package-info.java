/**
 * internal: Records of processed messages in the application's database.
 */
@NullMarked
package io.reliablemq.idempotency.jdbc;

import org.jspecify.annotations.NullMarked;
