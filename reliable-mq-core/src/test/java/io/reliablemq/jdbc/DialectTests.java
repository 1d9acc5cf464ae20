package io.reliablemq.jdbc;

import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.util.List;

import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DialectTests {

    @Test
    void tellsTheServerWhicheverDriverReportsIt() {
        assertThat(Dialect.of("H2", "2.3.232 (2024-08-11)")).isEqualTo(Dialect.H2);
        assertThat(Dialect.of("PostgreSQL", "17.6")).isEqualTo(Dialect.POSTGRESQL);
        assertThat(Dialect.of("MariaDB", "11.4.5-MariaDB")).isEqualTo(Dialect.MARIADB);
        assertThat(Dialect.of("MySQL", "11.4.5-MariaDB")).isEqualTo(Dialect.MARIADB);
        assertThat(Dialect.of("MySQL", "5.5.5-10.6.12-MariaDB-log")).isEqualTo(Dialect.MARIADB);
        assertThat(Dialect.of("MySQL", "8.4.3")).isEqualTo(Dialect.MYSQL);
        assertThat(Dialect.of("MySQL", "9.1.0-commercial")).isEqualTo(Dialect.MYSQL);
    }

    @Test
    void namesTheSupportedDatabasesWhenItKnowsNone() {
        for (String product : List.of("Oracle", "Microsoft SQL Server", "DB2/LINUX", "")) {
            assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> Dialect.of(product, "1"))
                .withMessageContaining("'" + product + "'")
                .withMessageContaining("H2, PostgreSQL, MariaDB or MySQL");
        }
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> Dialect.of(null, null));
    }

    @ParameterizedTest
    @CsvSource({ "H2, 1.4.200 (2019-10-14)", "POSTGRESQL, 9.2.4", "POSTGRESQL, 8.0.2", "POSTGRESQL, 11.22",
            "POSTGRESQL, 11.2-YB-2.20.1.0-b0", "POSTGRESQL, 15.2-YB-2.25.0.0-b0", "MARIADB, 10.5.27-MariaDB",
            "MARIADB, 5.5.5-10.3.39-MariaDB-log", "MYSQL, 5.7.44", "MYSQL, 8.0.11-TiDB-v8.5.0",
            "MYSQL, 5.7.25-OceanBase-v4.2.1.0" })
    void refusesWhatIsTooOldOrOnlySpeaksItsLanguage(Dialect dialect, String version) {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> SupportedVersions.check(dialect, version))
            .withMessageContaining(version)
            .withMessageContaining("PostgreSQL 12");
    }

    @ParameterizedTest
    @CsvSource({ "H2, 2.3.232 (2024-08-11)", "POSTGRESQL, 12.1", "POSTGRESQL, 17.6 (Debian 17.6-1)",
            "POSTGRESQL, 18beta1", "MARIADB, 10.6.2-MariaDB", "MARIADB, 5.5.5-10.6.12-MariaDB-log",
            "MARIADB, 11.4.5-MariaDB", "MARIADB, 12.0.2-MariaDB", "MYSQL, 8.0.36", "MYSQL, 8.0.mysql_aurora.3.05.2",
            "MYSQL, 9.1.0-commercial", "POSTGRESQL,", "MYSQL, unknown" })
    void takesTheOthers(Dialect dialect, String version) {
        assertThat(SupportedVersions.check(dialect, version)).isEqualTo(dialect);
    }

    @Test
    void knowsADuplicateKey() {
        assertThat(Dialect.H2.classify(new SQLException("", "23505", 23505))).isEqualTo(SqlFailure.DUPLICATE_KEY);
        assertThat(Dialect.POSTGRESQL.classify(new SQLException("", "23505"))).isEqualTo(SqlFailure.DUPLICATE_KEY);
        assertThat(Dialect.MARIADB.classify(new SQLException("", "23000", 1062))).isEqualTo(SqlFailure.DUPLICATE_KEY);
        assertThat(Dialect.MYSQL.classify(new SQLException("", "23000", 1062))).isEqualTo(SqlFailure.DUPLICATE_KEY);
    }

    @Test
    void takesNoOtherConstraintForADuplicateKey() {
        assertThat(Dialect.H2.classify(new SQLException("", "23502", 23502))).isEqualTo(SqlFailure.OTHER);
        assertThat(Dialect.POSTGRESQL.classify(new SQLException("", "23503"))).isEqualTo(SqlFailure.OTHER);
        // Not null, foreign key: the same SQLState as a duplicate key.
        assertThat(Dialect.MARIADB.classify(new SQLException("", "23000", 1048))).isEqualTo(SqlFailure.OTHER);
        assertThat(Dialect.MYSQL.classify(new SQLException("", "23000", 1452))).isEqualTo(SqlFailure.OTHER);
    }

    @Test
    void knowsThatAnotherTransactionWasInTheWay() {
        for (String state : List.of("55P03", "40P01", "40001", "57014")) {
            assertThat(Dialect.POSTGRESQL.classify(new SQLException("", state))).as(state)
                .isEqualTo(SqlFailure.LOCK_CONFLICT);
        }
        for (String state : List.of("HYT00", "40001", "90131", "57014")) {
            assertThat(Dialect.H2.classify(new SQLException("", state))).as(state).isEqualTo(SqlFailure.LOCK_CONFLICT);
        }
        for (int code : new int[] { 1020, 1205, 1213, 1317, 1969, 3024, 3572 }) {
            assertThat(Dialect.MARIADB.classify(new SQLException("", "HY000", code)))
                .isEqualTo(SqlFailure.LOCK_CONFLICT);
            assertThat(Dialect.MYSQL.classify(new SQLException("", "HY000", code))).isEqualTo(SqlFailure.LOCK_CONFLICT);
        }
        for (Dialect dialect : Dialect.values()) {
            assertThat(dialect.classify(new SQLTimeoutException())).isEqualTo(SqlFailure.LOCK_CONFLICT);
            assertThat(dialect.classify(new SQLTransactionRollbackException())).isEqualTo(SqlFailure.LOCK_CONFLICT);
        }
    }

    @Test
    void knowsNothingAboutABrokenConnection() {
        for (Dialect dialect : Dialect.values()) {
            assertThat(dialect.classify(new SQLException("broken pipe", "08006"))).isEqualTo(SqlFailure.OTHER);
            assertThat(dialect.classify(new SQLException("no state"))).isEqualTo(SqlFailure.OTHER);
        }
    }

}
