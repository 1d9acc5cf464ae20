package io.reliablemq.outbox.jdbc;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

import io.reliablemq.ReliableMQException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LedgerGap}.
 */
class LedgerGapTests {

    private final Instant start = Instant.parse("2026-01-02T00:00:00Z");

    private Instant now = this.start;

    private boolean down;

    private final List<String> told = new ArrayList<>();

    private final LedgerGap gap = new LedgerGap((from, to) -> {
        if (this.down) {
            throw new ReliableMQException("the database is down");
        }
        this.told.add((from.toEpochMilli() - this.start.toEpochMilli()) + " to "
                + (to.toEpochMilli() - this.start.toEpochMilli()));
    }, clock());

    @Test
    void saysNothingWhileAllIsNoted() {
        pass(1000);
        this.gap.nothingWaits();
        this.gap.report();
        assertThat(this.told).isEmpty();
    }

    @Test
    void beginsWhenNothingWaitedLast() {
        pass(1000);
        this.gap.nothingWaits();
        pass(500);
        this.gap.open();
        this.gap.open();
        pass(100);
        this.gap.report();
        this.gap.report();
        assertThat(this.told).containsExactly("1000 to 1601");
    }

    @Test
    void isToldAgainUntilThatWorks() {
        this.down = true;
        this.gap.open();
        this.gap.report();
        pass(500);
        this.gap.report();
        this.down = false;
        this.gap.report();
        assertThat(this.told).isEmpty();
        pass(500);
        this.gap.report();
        assertThat(this.told).containsExactly("0 to 1001");
    }

    private void pass(long millis) {
        this.now = this.now.plusMillis(millis);
    }

    private Clock clock() {
        return new Clock() {

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return LedgerGapTests.this.now;
            }

        };
    }

}
