/**
 * internal: The outbox and the ledger of sent messages in database tables.
 */
@NullMarked
package io.reliablemq.outbox.jdbc;

import org.jspecify.annotations.NullMarked;
