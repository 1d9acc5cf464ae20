package io.reliablemq.jdbc;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ConflictRetriesTests {

    private static final String DEADLOCK = "40001";

    private final AtomicInteger rounds = new AtomicInteger();

    @Test
    void repeatsWorkThatMetAnotherTransaction() throws SQLException {
        assertThat(ConflictRetries.ofLocks(3, Dialect.H2).call(() -> failing(DEADLOCK, 2))).isEqualTo(3);
    }

    @Test
    void endsWithTheLastConflict() {
        assertThatExceptionOfType(SQLException.class)
            .isThrownBy(() -> ConflictRetries.ofLocks(3, Dialect.H2).call(() -> failing(DEADLOCK, 9)))
            .withMessage("round 3");
    }

    @Test
    void beginsNoRoundWhenItsPatienceIsOver() {
        ConflictRetries impatient = new ConflictRetries(3, Duration.ZERO, (failure) -> true);

        assertThatExceptionOfType(SQLException.class).isThrownBy(() -> impatient.call(() -> failing(DEADLOCK, 9)))
            .withMessage("round 1");
    }

    @Test
    void repeatsNothingAfterAnotherFailure() {
        assertThatExceptionOfType(SQLException.class)
            .isThrownBy(() -> ConflictRetries.ofLocks(3, Dialect.H2).call(() -> failing("08006", 9)))
            .withMessage("round 1");
    }

    private int failing(String state, int failures) throws SQLException {
        int round = this.rounds.incrementAndGet();
        if (round <= failures) {
            throw new SQLException("round " + round, state);
        }
        return round;
    }

}
