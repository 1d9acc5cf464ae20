package io.reliablemq.listener;

import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ListenerLimitsTests {

    @Test
    void choosesWhatLosesNothing() {
        assertThat(ListenerLimits.none().effectivePriority()).isEqualTo(ListenerPriority.NORMAL);
        assertThat(ListenerLimits.none().effectiveAction()).isEqualTo(OverloadAction.SLOWED);
        assertThat(limits(ListenerPriority.LOW, null).effectiveAction()).isEqualTo(OverloadAction.PAUSED);
        assertThat(limits(ListenerPriority.CRITICAL, null).effectiveAction()).isEqualTo(OverloadAction.NONE);
    }

    @Test
    void takesWhatIsNamed() {
        assertThat(limits(ListenerPriority.LOW, OverloadAction.DROPPED).effectiveAction())
            .isEqualTo(OverloadAction.DROPPED);
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = Mode.EXCLUDE)
    void refusesACriticalListenerThatGivesWay(OverloadAction action) {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> limits(ListenerPriority.CRITICAL, action).requireFits("g", false))
            .withMessageContaining("CRITICAL");
    }

    @ParameterizedTest
    @EnumSource(names = { "DEFERRED", "DROPPED" })
    void refusesToLeaveMessagesOutOfAnOrder(OverloadAction action) {
        limits(ListenerPriority.LOW, action).requireFits("g", false);
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> limits(ListenerPriority.LOW, action).requireFits("g", true))
            .withMessageContaining("on-overload is " + action)
            .satisfies((ex) -> assertThat(ex.getAction()).contains("paused"));
    }

    @ParameterizedTest
    @EnumSource(names = { "DEFERRED", "DROPPED" }, mode = Mode.EXCLUDE)
    void letsAnOrderedListenerWait(OverloadAction action) {
        limits(ListenerPriority.LOW, action).requireFits("g", true);
    }

    @Test
    void refusesLimitsThatLetNothingPass() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> new ListenerLimits(null, null, 0.0, null).requireFits("g", false))
            .withMessageContaining("\"[g]\".rate-limit");
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> new ListenerLimits(null, null, null, 0).requireFits("g", false))
            .withMessageContaining("\"[g]\".concurrency-limit");
    }

    private static ListenerLimits limits(ListenerPriority priority, OverloadAction action) {
        return new ListenerLimits(priority, action, null, null);
    }

}
