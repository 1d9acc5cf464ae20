package io.reliablemq.autoconfigure;

import java.lang.reflect.Method;
import java.util.stream.Stream;

import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The health classes of the Spring Boot that is there.
 */
final class HealthLine {

    private HealthLine() {
    }

    static Class<?> healthIndicator() {
        return Stream
            .of("org.springframework.boot.health.contributor.HealthIndicator",
                    "org.springframework.boot.actuate.health.HealthIndicator")
            .filter((name) -> ClassUtils.isPresent(name, null))
            .findFirst()
            .map((name) -> ClassUtils.resolveClassName(name, null))
            .orElseThrow();
    }

    /** Status and details. */
    static Object health(Object indicator) {
        Method method = ReflectionUtils.findMethod(healthIndicator(), "health");
        return ReflectionUtils.invokeMethod(method, indicator);
    }

}
