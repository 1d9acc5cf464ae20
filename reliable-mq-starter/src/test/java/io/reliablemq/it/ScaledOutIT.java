package io.reliablemq.it;

import java.util.ArrayList;
import java.util.List;

import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A backlog that one process begins to drain, and three more join.
 */
@Tag("faults")
@Timeout(300)
class ScaledOutIT {

    private static final int BACKLOG = 3000;

    private static final int MORE = 3000;

    @Test
    void hasOneEffectPerMessage() throws Exception {
        List<String> keys = Sending.keys(BACKLOG + MORE);
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            ReliableMQTemplate sender = scenario.sender();
            Sending.inParallel(keys.subList(0, BACKLOG),
                    (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));
            scenario.fork("first", EffectListener.class).awaitReady();
            Scenario.waitFor("the first effect", () -> scenario.effects().total() > 0);
            List<ForkedApplication> joining = new ArrayList<>();
            for (String name : List.of("second", "third", "fourth")) {
                joining.add(scenario.fork(name, EffectListener.class));
            }
            joining.forEach(ForkedApplication::awaitReady);
            // However fast the first one was, there is something left for all.
            Sending.inParallel(keys.subList(BACKLOG, BACKLOG + MORE),
                    (some) -> some.forEach((key) -> sender.send(scenario.topic(), key)));
            scenario.waitUntilDrained();

            Effects effects = scenario.effects();
            assertThat(effects.lost(keys)).isEmpty();
            assertThat(effects.total()).isEqualTo(keys.size());
            assertThat(effects.doubled()).isZero();
            for (String name : List.of("first", "second", "third", "fourth")) {
                assertThat(effects.by(name)).as(name).isPositive();
            }
        }
    }

}
