package io.reliablemq.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;

import io.reliablemq.rocketmq.durability.DurabilityAudit;
import io.reliablemq.rocketmq.durability.DurabilityFinding;
import io.reliablemq.rocketmq.durability.DurabilityReport;
import io.reliablemq.rocketmq.durability.OnViolation;
import org.jspecify.annotations.Nullable;

/**
 * What health says about durability, whichever Spring Boot asks. Brokers that promise too
 * little do not make this instance worse than others, so it stays up unless the
 * application wants to fail.
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
