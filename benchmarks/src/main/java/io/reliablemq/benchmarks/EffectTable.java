package io.reliablemq.benchmarks;

import javax.sql.DataSource;

import io.reliablemq.benchmarks.report.Sample;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The rows that listeners write: emptied before each turn, counted after it.
 */
final class EffectTable {

    static final String INSERT = "INSERT INTO bench_effect (msg_id) VALUES (?)";

    private final JdbcTemplate jdbc;

    EffectTable(DataSource dataSource) {
        this.jdbc = new JdbcTemplate(dataSource);
        this.jdbc.execute("CREATE TABLE bench_effect (msg_id VARCHAR(64) NOT NULL)");
    }

    Sample counting(int messages, Comparison.SampledSubject subject) throws Exception {
        this.jdbc.execute("TRUNCATE TABLE bench_effect");
        Sample sample = subject.sample();
        Long rows = this.jdbc.queryForObject("SELECT COUNT(DISTINCT msg_id) FROM bench_effect", Long.class);
        if (rows == null || rows < messages) {
            throw new IllegalStateException("Only " + rows + " of " + messages + " messages have their row");
        }
        return sample;
    }

}
