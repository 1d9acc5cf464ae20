package io.reliablemq.it;

import io.reliablemq.idempotency.IdempotencyContext;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Makes the effect of a message: a row. In a transaction it joins it.
 */
final class EffectWriter {

    private final JdbcTemplate jdbc;

    private final String instance;

    EffectWriter(JdbcTemplate jdbc, String instance) {
        this.jdbc = jdbc;
        this.instance = instance;
    }

    void write(String key) {
        write(key, IdempotencyContext.current());
    }

    /** For work that goes on in another thread. */
    void write(String key, IdempotencyContext context) {
        this.jdbc.update(
                "INSERT INTO effects (message_key, consumer_group, instance, attempt, token, thread)"
                        + " VALUES (?, ?, ?, ?, ?, ?)",
                key, context.group(), this.instance, context.attempt(), context.token(),
                Thread.currentThread().getName());
    }

}
