package io.reliablemq.it;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A worker's JVM is frozen for longer than its lease, and another one takes its message
 * over.
 */
@Tag("faults")
@Timeout(600)
class FrozenWorkerIT {

    private static final String LOST = "reliable.mq.lease.lost";

    @ParameterizedTest
    @EnumSource(names = { "LEASE_ON_REDIS", "LEASE_ON_POSTGRESQL" })
    void cannotCompleteWhatAnotherHasTakenOver(Guarding guarding) {
        try (Scenario scenario = new Scenario(guarding)) {
            scenario.with("reliable-mq.idempotency.lease", "2s").with("effects.gated", "true");
            Gates gates = new Gates(scenario.database());
            Effects effects = scenario.effects();
            ReliableMQTemplate sender = scenario.sender();
            ForkedApplication frozen = scenario.fork("frozen", EffectListener.class).awaitReady();
            long id = sender.send(scenario.topic(), "m").id();
            Scenario.waitFor("begun", () -> gates.arrivals("frozen") == 1);

            frozen.freeze();
            RunningApplication owner = scenario.start("owner", EffectListener.class);
            Scenario.waitFor("taken over", () -> {
                // The frozen instance still has its queues: one of the copies gets
                // through.
                sender.send(ReliableMessage.to(scenario.topic()).payload("m").id(id).build());
                return gates.arrivals("owner") == 1;
            });
            gates.letGoOn("frozen", 1);
            frozen.thaw();
            Scenario.waitFor("effect of the frozen one", () -> effects.by("frozen") == 1);
            Scenario.waitFor("loss counted", () -> frozen.counter(LOST) == 1);

            // Had it completed the new owner's record, the message would be done and this
            // failure would lose it.
            gates.letGoOnFrom("frozen", 2);
            gates.letGoOnFrom("owner", 2);
            gates.letFail("owner", 1);
            Scenario.waitFor("processed after the failure", () -> effects.total() == 2);
            scenario.waitUntilDrained();

            assertThat(effects.total()).isEqualTo(2);
            assertThat(frozen.counter(LOST)).isOne();
            assertThat(owner.counter(LOST)).isZero();
        }
    }

}
