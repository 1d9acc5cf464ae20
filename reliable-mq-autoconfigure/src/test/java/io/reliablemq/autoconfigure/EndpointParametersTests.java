package io.reliablemq.autoconfigure;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.type.filter.AnnotationTypeFilter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Spring Boot 3.5 and 4.1 read different annotations: a parameter with one of them only
 * is mandatory on the other line, and a request without it is refused.
 */
class EndpointParametersTests {

    static Stream<Class<?>> endpoints() {
        var scanner = new ClassPathScanningCandidateComponentProvider(false);
        scanner.addIncludeFilter(new AnnotationTypeFilter(Endpoint.class));
        return scanner.findCandidateComponents("io.reliablemq.autoconfigure").stream().map((found) -> {
            try {
                return Class.forName(found.getBeanClassName());
            }
            catch (ClassNotFoundException ex) {
                throw new IllegalStateException(ex);
            }
        });
    }

    @Test
    void findsTheEndpoints() {
        assertThat(endpoints()).hasSizeGreaterThanOrEqualTo(4);
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void areOptionalOnBothLinesOfSpringBoot(Class<?> endpoint) {
        assertThat(Arrays.stream(endpoint.getDeclaredMethods())
            .filter(EndpointParametersTests::isOperation)
            .flatMap((method) -> Arrays.stream(method.getParameters()))).allSatisfy((parameter) -> {
                boolean jspecify = parameter.getAnnotatedType().isAnnotationPresent(Nullable.class);
                assertThat(isSpringNullable(parameter))
                    .as("%s of %s has both annotations or none", parameter, endpoint.getSimpleName())
                    .isEqualTo(jspecify);
                assertThat(parameter.isNamePresent()).as("names are compiled").isTrue();
            });
    }

    @SuppressWarnings("deprecation")
    private static boolean isSpringNullable(Parameter parameter) {
        return parameter.isAnnotationPresent(org.springframework.lang.Nullable.class);
    }

    private static boolean isOperation(Method method) {
        return Stream.of(ReadOperation.class, WriteOperation.class, DeleteOperation.class)
            .anyMatch((operation) -> AnnotatedElementUtils.hasAnnotation(method, operation));
    }

}
