package io.reliablemq.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;

import io.reliablemq.rocketmq.durability.DurabilityAudit;
import io.reliablemq.rocketmq.durability.DurabilityFinding;
import io.reliablemq.rocketmq.durability.DurabilityReport;
import io.reliablemq.rocketmq.durability.OnViolation;
import org.jspecify.annotations.Nullable;

/**
 * Health of the brokers' durability, for every Spring Boot version. Brokers below the
 * expected durability do not make this instance worse than others, so it stays UP unless
 * {@code on-violation} is {@code fail}.
 */
final class DurabilityHealth {

    private final DurabilityAudit audit;

    private final OnViolation onViolation;

    DurabilityHealth(DurabilityAudit audit, OnViolation onViolation) {
        this.audit = audit;
        this.onViolation = onViolation;
    }

    @Nullable DurabilityReport report() {
        return this.audit.last().orElse(null);
    }

    String status(@Nullable DurabilityReport report) {
        if (report == null || (report.brokers().isEmpty() && !report.unreadable().isEmpty())) {
            return "UNKNOWN";
        }
        return (this.onViolation == OnViolation.FAIL && !report.findings().isEmpty()) ? "DOWN" : "UP";
    }

    Map<String, Object> details(@Nullable DurabilityReport report) {
        Map<String, Object> details = new LinkedHashMap<>();
        if (report != null) {
            details.put("audited", report.at().toString());
            details.put("brokers", report.brokers());
            details.put("violations", report.findings().stream().map(DurabilityFinding::sentence).toList());
            details.put("unreadable", report.unreadable());
        }
        return details;
    }

}
