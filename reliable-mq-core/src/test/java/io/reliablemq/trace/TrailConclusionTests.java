package io.reliablemq.trace;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TrailConclusion}: the table, row by row.
 */
class TrailConclusionTests {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private static final Instant BEFORE = NOW.minusSeconds(60);

    private static final Instant LATER = NOW.plusSeconds(60);

    private final List<Sending> sent = new ArrayList<>();

    private final List<BrokerCopy> copies = new ArrayList<>();

    private final List<GroupTrail> groups = new ArrayList<>();

    @Test
    void knowsNothing() {
        assertThat(conclusion()).startsWith("Nothing is known of it");
    }

    @Test
    void asksForOneOfManyMessages() {
        this.copies.add(copy("orders", 7));
        this.copies.add(copy("orders", 8));
        assertThat(conclusion()).isEqualTo("2 messages have this key. Ask for one of them: [7, 8].");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            PENDING   | It waits in the outbox since 2026-03-01T11:59:00Z, after 3 failed attempts (no route).
            PARKED    | It was never sent: the outbox has parked it (no route). Release or discard it there.
            DISCARDED | It was never sent: it was discarded in the outbox (no route).
            """)
    void saysThatItWasNotSent(String status, String expected) {
        this.sent.add(sending(status, null));
        assertThat(conclusion()).isEqualTo(expected);
    }

    @Test
    void saysThatTheBrokerHasLostIt() {
        this.sent.add(sending("SENT", null));
        assertThat(conclusion())
            .startsWith("Broker broker-a acknowledged it at 2026-03-01T11:59:00Z (queue 1, offset 5")
            .contains("no broker's index has it: it was lost there, or has expired");
    }

    @Test
    void waitsForADelayedMessage() {
        this.sent.add(sending("SENT", LATER));
        assertThat(conclusion()).isEqualTo("It was sent at 2026-03-01T11:59:00Z and is due at 2026-03-01T12:01:00Z.");
    }

    @Test
    void prefersTheCopyToAnOutboxThatDoesNotKnowYet() {
        this.sent.add(sending("PENDING", null));
        this.copies.add(copy("orders", 7));
        assertThat(conclusion()).startsWith("Broker broker-a holds it (orders, queue 1, offset 5")
            .contains("no group whose records are in this database knows it");
    }

    @Test
    void findsItInADeadLetterTopic() {
        this.copies.add(copy("%DLQ%points", 7));
        assertThat(conclusion()).contains("its group has given up on it");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            DONE      | has processed it by
            ALIAS     | has skipped it as a duplicate of k:7
            PARKED    | has parked it in its dead-letter topic
            DROPPED   | has dropped it
            DISCARDED | was told to leave it out
            NEW       | has a record of status NEW
            """)
    void readsTheRecord(String status, String expected) {
        this.sent.add(sending("SENT", null));
        this.copies.add(copy("orders", 7));
        this.groups.add(group(new GroupTrail.Recorded(status, BEFORE, BEFORE, "k:7"), null, null));
        assertThat(conclusion()).startsWith("Group 'points' " + expected);
    }

    @Test
    void tellsAClaimFromOneThatHasRunOut() {
        this.groups.add(group(new GroupTrail.Recorded("PROCESSING", BEFORE, LATER, null), null, null));
        assertThat(conclusion()).isEqualTo("Group 'points' is processing it.");
        this.groups.set(0, group(new GroupTrail.Recorded("PROCESSING", BEFORE, BEFORE, null), null, null));
        assertThat(conclusion()).contains("did not finish; its claim has run out");
    }

    @Test
    void prefersAttemptsToTheRecordAndDeadLettersToAttempts() {
        GroupTrail.Recorded released = new GroupTrail.Recorded("PROCESSING", BEFORE, BEFORE, null);
        GroupTrail.Attempts attempts = new GroupTrail.Attempts(2, 0, LATER, "java.io.IOException");
        this.groups.add(group(released, attempts, null));
        assertThat(conclusion())
            .isEqualTo("Group 'points' retries it: 2 failures (java.io.IOException), next delivery at " + LATER + ".");
        this.groups.set(0, group(released, attempts, letter("PARKED")));
        assertThat(conclusion()).startsWith("Group 'points' has parked it at").contains("after 16 failures");
        this.groups.set(0, group(null, null, letter("REPLAYING")));
        assertThat(conclusion()).contains("is being given it again");
        this.groups.set(0, group(new GroupTrail.Recorded("DONE", BEFORE, BEFORE, null), null, letter("RESOLVED")));
        assertThat(conclusion()).contains("has processed it");
    }

    @Test
    void speaksOfEveryGroup() {
        this.groups.add(group(new GroupTrail.Recorded("DONE", BEFORE, BEFORE, null), null, null));
        this.groups.add(
                new GroupTrail("mails", "0000000000000007", 7L, null, new GroupTrail.Attempts(1, 0, LATER, "E"), null));
        assertThat(conclusion()).contains("Group 'points' has processed it").contains("Group 'mails' retries it");
    }

    private String conclusion() {
        return TrailConclusion.of(this.sent, this.copies, this.groups, NOW);
    }

    private static GroupTrail group(GroupTrail.Recorded record, GroupTrail.Attempts attempts,
            GroupTrail.DeadLetter letter) {
        return new GroupTrail("points", "0000000000000007", 7L, record, attempts, letter);
    }

    private static GroupTrail.DeadLetter letter(String status) {
        return new GroupTrail.DeadLetter(status, "FAILED", 16, "E", "no", BEFORE, 0, null);
    }

    private static BrokerCopy copy(String topic, long id) {
        return new BrokerCopy(topic, "broker-a", 1, 5, BEFORE, BEFORE, id, "UNIQ" + id, 0);
    }

    private static Sending sending(String status, Instant deliverAt) {
        boolean acknowledged = status.equals("SENT");
        return new Sending("outbox", 7, "UNIQ7", "orders", null, status, 3, false, BEFORE, deliverAt,
                acknowledged ? BEFORE : null, "broker-a", 1, 5L, "SEND_OK", 0, "no route");
    }

}
