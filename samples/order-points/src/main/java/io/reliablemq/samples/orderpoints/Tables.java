package io.reliablemq.samples.orderpoints;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * The sample's own tables.
 */
@Component
class Tables {

    Tables(JdbcTemplate jdbc) {
        jdbc.execute("CREATE TABLE IF NOT EXISTS orders (order_id VARCHAR(60) PRIMARY KEY, run VARCHAR(30) NOT NULL,"
                + " member_id VARCHAR(60) NOT NULL, points INT NOT NULL)");
        jdbc.execute("CREATE TABLE IF NOT EXISTS account (member_id VARCHAR(60) PRIMARY KEY, balance INT NOT NULL)");
        jdbc.execute("CREATE TABLE IF NOT EXISTS points_change (order_id VARCHAR(60) PRIMARY KEY,"
                + " member_id VARCHAR(60) NOT NULL, points INT NOT NULL, balance_before INT NOT NULL,"
                + " balance_after INT NOT NULL, changed_at BIGINT NOT NULL)");
        jdbc.execute("CREATE TABLE IF NOT EXISTS refused_change (order_id VARCHAR(60) NOT NULL,"
                + " refused_at BIGINT NOT NULL)");
        jdbc.execute("CREATE TABLE IF NOT EXISTS delivery (order_id VARCHAR(60) NOT NULL,"
                + " acknowledged INT NOT NULL, delivered_at BIGINT NOT NULL)");
    }

}
