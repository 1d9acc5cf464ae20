package io.reliablemq.samples.flashsale;

import java.util.concurrent.TimeUnit;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * What listeners do: some work elsewhere, then a row. The table has no unique key, so
 * that a doubled effect is seen.
 */
@Component
class Effects {

    private final JdbcTemplate jdbc;

    Effects(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
        jdbc.execute("CREATE TABLE IF NOT EXISTS effect (kind VARCHAR(20) NOT NULL, message VARCHAR(60) NOT NULL)");
    }

    void make(Kind kind, String message) {
        try {
            TimeUnit.MILLISECONDS.sleep(kind.millis());
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted in the middle of the work", ex);
        }
        this.jdbc.update("INSERT INTO effect (kind, message) VALUES (?, ?)", kind.name(), message);
    }

    int count(Kind kind) {
        return number("SELECT COUNT(*) FROM effect WHERE kind = ?", kind);
    }

    int distinct(Kind kind) {
        return number("SELECT COUNT(DISTINCT message) FROM effect WHERE kind = ?", kind);
    }

    private int number(String sql, Kind kind) {
        Integer number = this.jdbc.queryForObject(sql, Integer.class, kind.name());
        return (number != null) ? number : 0;
    }

}
