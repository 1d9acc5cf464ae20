package io.reliablemq.it;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetters;
import io.reliablemq.deadletter.ReplayOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The process is killed while it parks, and while it replays.
 */
@Tag("faults")
@Timeout(600)
class KilledWithDeadLettersIT {

    private static final DeadLetterFilter ALL = DeadLetterFilter.all();

    private final AtomicBoolean works = new AtomicBoolean();

    private final Step step = (key, effect) -> {
        if (!this.works.get()) {
            throw new IllegalStateException("not today");
        }
        effect.run();
    };

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_ON_MARIADB" })
    void betweenTheLetterAndTheAcknowledgement(Guarding guarding) {
        int messages = 40;
        List<String> keys = Sending.keys(messages);
        try (Scenario scenario = parkingAtOnce(guarding)) {
            send(scenario, keys);
            scenario.with("effects.hang", "park").with("effects.refuse", "true");
            ForkedApplication killed = scenario.fork("killed", HangingLettersListener.class);
            JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
            Scenario.waitFor("letters that are not acknowledged", () -> count(jdbc) == EffectListener.THREADS);
            killed.kill();
            assertThat(count(jdbc)).isEqualTo(EffectListener.THREADS);

            RunningApplication next = scenario.start("next", EffectListener.class, this.step);
            DeadLetters letters = next.bean(DeadLetters.class);
            Scenario.waitFor("all parked", () -> count(jdbc) == messages);
            scenario.waitUntilDrained();
            assertThat(next.deliveries("duplicate")).as("those whose letter was there")
                .isEqualTo(EffectListener.THREADS);
            assertThat(letters.find(ALL, 0, 1000)).hasSize(messages)
                .allSatisfy((letter) -> assertThat(letter.parkings()).isOne());
            assertThat(scenario.effects().total()).isZero();
            replayAllAndCount(scenario, letters, keys);
        }
    }

    /**
     * Killed after the claim and before the send; after the send and before it is noted.
     */
    @ParameterizedTest
    @CsvSource({ "TRANSACTIONAL_ON_POSTGRESQL, claim", "TRANSACTIONAL_ON_POSTGRESQL, -sent",
            "TRANSACTIONAL_ON_MARIADB, claim", "TRANSACTIONAL_ON_MARIADB, -sent" })
    void inTheMiddleOfAReplay(Guarding guarding, String point) {
        int messages = 200;
        int sent = 70;
        List<String> keys = Sending.keys(messages);
        try (Scenario scenario = parkingAtOnce(guarding)) {
            send(scenario, keys);
            JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
            try (RunningApplication parking = scenario.start("parking", EffectListener.class, this.step)) {
                Scenario.waitFor("all parked", () -> count(jdbc) == messages);
                scenario.waitUntilDrained();
            }
            scenario.with("effects.hang", point)
                .with("effects.hang-from", String.valueOf(sent))
                .with("effects.replay", "true");
            ForkedApplication killed = scenario.fork("killed", HangingLettersListener.class);
            int copies = point.equals("claim") ? sent - 1 : sent;
            Scenario.waitFor("replayed", () -> scenario.effects().total() == copies);
            killed.kill();
            assertThat(scenario.effects().total()).isEqualTo(copies);

            scenario.with("effects.replay", "false");
            DeadLetters letters = scenario.start("next", EffectListener.class, this.step).bean(DeadLetters.class);
            // The listener had processed the copies; one letter was being sent.
            int orphans = point.equals("claim") ? 1 : 0;
            Scenario.waitFor("resolved", () -> count(letters, DeadLetterStatus.REPLAYING) == orphans);
            assertThat(count(letters, DeadLetterStatus.RESOLVED)).isEqualTo(copies);
            // As if the minute were over that an instance has to send a copy.
            jdbc.update("UPDATE reliable_mq_dead_letter SET lease_until = 0 WHERE owner IS NOT NULL");
            letters.find(ALL.withStatus(DeadLetterStatus.REPLAYING), 0, 10)
                .forEach((letter) -> assertThat(replay(letters, letter)).isOne());
            replayAllAndCount(scenario, letters, keys);
        }
    }

    private int replay(DeadLetters letters, DeadLetter letter) {
        this.works.set(true);
        return letters.replay(letter.id(), "test").sent();
    }

    private void replayAllAndCount(Scenario scenario, DeadLetters letters, List<String> keys) {
        this.works.set(true);
        letters.replay(ALL, ReplayOptions.defaults().withLimit(1000).withPerSecond(500));
        Scenario.waitFor("all resolved", () -> count(letters, DeadLetterStatus.RESOLVED) == keys.size());
        scenario.waitUntilDrained();
        assertThat(scenario.effects().lost(keys)).as("lost").isEmpty();
        assertThat(scenario.effects().doubled()).as("doubled").isZero();
        assertThat(scenario.broker().messageCount(scenario.deadLetterTopic())).isZero();
    }

    private static Scenario parkingAtOnce(Guarding guarding) {
        return new Scenario(guarding).withListener("retry.max-attempts", "1").withListener("retry.backoff", "1s");
    }

    private static void send(Scenario scenario, List<String> keys) {
        var sender = scenario.sender();
        keys.forEach((key) -> sender.send(scenario.topic(), key));
    }

    private static int count(DeadLetters letters, DeadLetterStatus status) {
        return letters.find(ALL.withStatus(status), 0, 1000).size();
    }

    private static int count(JdbcTemplate jdbc) {
        Integer count = jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_dead_letter", Integer.class);
        return (count != null) ? count : 0;
    }

}
