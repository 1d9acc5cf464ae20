package io.reliablemq.topic;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.BacklogState;
import io.reliablemq.backlog.FlowRates;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.backlog.LagAccuracy;
import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.ListenerLoad;
import io.reliablemq.concurrency.ListenerTuning;
import io.reliablemq.concurrency.TunableListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link TopicAdvisor}.
 */
class TopicAdvisorTests {

    private final BacklogProbe probe = mock(BacklogProbe.class);

    private final TunableListener listener = mock(TunableListener.class);

    private final TopicAdvisor advisor = new TopicAdvisor(this.probe,
            new ListenerControl(() -> List.of(this.listener)));

    @Test
    void takesWhatWasMeasured() {
        poll(new FlowRates(100, 80), 6000);
        listener("points", new ListenerLoad(1000, 0, Duration.ofSeconds(200).toNanos(), 3));

        GroupAdvice advice = this.advisor.advise("orders", 4).get(0);

        assertThat(advice.missing()).isNull();
        assertThat(advice.workload()).isEqualTo(
                Workload.of(100, Duration.ofMillis(200)).with(10, 2, 4).withBacklog(6000, Duration.ofMinutes(10)));
        // (100/s + 6,000 in 600 s) with half on top: 165/s of 200 ms each, by 10 threads.
        assertThat(advice.advice()).isNotNull();
        assertThat(advice.advice().consumers()).isEqualTo(4);
        assertThat(advice.advice().queues()).isEqualTo(8);
        assertThat(this.advisor.advise("mails", 4)).isEmpty();
    }

    @Test
    void saysWhatIsMissing() {
        listener("points", new ListenerLoad(1000, 0, 1, 3));
        poll(null, 0);
        assertThat(missing()).contains("second poll");

        poll(new FlowRates(1, 1), 0);
        listener("points", new ListenerLoad(3, 0, 1, 3));
        assertThat(missing()).contains("3 messages, too few");

        listener("others", new ListenerLoad(1000, 0, 1, 3));
        assertThat(missing()).contains("has no listener of the group");
    }

    private @Nullable String missing() {
        GroupAdvice advice = this.advisor.advise("orders", 4).get(0);
        assertThat(advice.advice()).isNull();
        return advice.missing();
    }

    private void poll(@Nullable FlowRates rates, long messages) {
        GroupBacklog backlog = new GroupBacklog("points", "orders", messages, Duration.ZERO, BacklogState.HEALTHY,
                LagAccuracy.EXACT, 0, rates, null, 1, 0, null, Duration.ZERO, 2, 0, List.of());
        given(this.probe.latest())
            .willReturn(new BacklogSnapshot(Instant.EPOCH, List.of(backlog), List.of(), Duration.ZERO));
    }

    private void listener(String group, ListenerLoad load) {
        given(this.listener.group()).willReturn(group);
        given(this.listener.topic()).willReturn("orders");
        given(this.listener.tuning()).willReturn(ListenerTuning.none().withThreads(10));
        given(this.listener.load()).willReturn(load);
    }

}
