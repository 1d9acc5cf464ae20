package io.reliablemq.rocketmq.durability;

import java.util.ArrayList;
import java.util.List;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;

/**
 * The gauge {@code reliable.mq.durability.violations} of every broker that was read.
 */
final class DurabilityMeters {

    private final MultiGauge violations;

    DurabilityMeters(MeterRegistry registry) {
        this.violations = MultiGauge.builder("reliable.mq.durability.violations")
            .description("In how many ways a broker promises less than is expected")
            .register(registry);
    }

    void record(DurabilityReport report) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        for (String broker : report.brokers()) {
            long count = report.findings().stream().filter((finding) -> finding.broker().equals(broker)).count();
            rows.add(MultiGauge.Row.of(Tags.of("broker", broker), count));
        }
        this.violations.register(rows, true);
    }

}
