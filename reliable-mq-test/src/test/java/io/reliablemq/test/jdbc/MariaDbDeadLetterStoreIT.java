package io.reliablemq.test.jdbc;

import java.time.Clock;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.deadletter.RecordPlace;
import io.reliablemq.deadletter.UnstorableLetterException;
import io.reliablemq.deadletter.jdbc.JdbcDeadLetterStore;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.test.servers.MariaDbServer;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MariaDbDeadLetterStoreIT extends JdbcDeadLetterContract {

    @Override
    HikariDataSource open() {
        return MariaDbServer.shared().dataSource();
    }

    @Test
    void saysThatAPayloadIsTooLargeForAPacket() {
        HikariDataSource pool = dataSource();
        DataSource unpooled = new DriverManagerDataSource(pool.getJdbcUrl(), pool.getUsername(), pool.getPassword());
        JdbcDeadLetterStore letters = new JdbcDeadLetterStore(
                new JdbcDatabase(unpooled, Dialect.MARIADB, Tables.defaults()), PayloadCodec.plain(),
                Clock.systemUTC());
        JdbcTemplate jdbc = new JdbcTemplate(unpooled);
        Long before = jdbc.queryForObject("SELECT @@GLOBAL.max_allowed_packet", Long.class);
        jdbc.execute("SET GLOBAL max_allowed_packet = 1048576");
        try {
            Parking parking = parking(new byte[2_000_000]);
            assertThatExceptionOfType(UnstorableLetterException.class)
                .isThrownBy(() -> letters.park(parking, RecordPlace.ELSEWHERE));
            assertThat(letters.park(parking.without("It is elsewhere."), RecordPlace.ELSEWHERE))
                .isEqualTo(ParkingResult.PARKED);
            assertThat(letter().note()).isEqualTo("It is elsewhere.");
        }
        finally {
            jdbc.execute("SET GLOBAL max_allowed_packet = " + before);
        }
    }

}
