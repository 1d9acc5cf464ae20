package io.reliablemq.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.Lifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A start that fails late destroys beans without stopping them: what has a life cycle
 * must end then, too.
 */
class LifecycleBeansTests {

    private static final String IMPORTS = "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";

    @Test
    void endWhenTheyAreDestroyedWithoutBeingStopped() throws IOException {
        List<String> beans = new ArrayList<>();
        List<String> endless = new ArrayList<>();
        for (Class<?> type : types()) {
            for (Method method : ReflectionUtils.getDeclaredMethods(type)) {
                Bean bean = method.getAnnotation(Bean.class);
                if (bean != null && Lifecycle.class.isAssignableFrom(method.getReturnType())) {
                    beans.add(method.getName());
                    if (!bean.destroyMethod().equals("stop") && !endsByItself(method.getReturnType())) {
                        endless.add(method.toString());
                    }
                }
            }
        }
        assertThat(beans).hasSizeGreaterThan(5);
        assertThat(endless).isEmpty();
    }

    private static boolean endsByItself(Class<?> type) {
        return DisposableBean.class.isAssignableFrom(type) || AutoCloseable.class.isAssignableFrom(type);
    }

    static List<Class<?>> types() throws IOException {
        List<Class<?>> types = new ArrayList<>();
        for (URL imports : Collections.list(LifecycleBeansTests.class.getClassLoader().getResources(IMPORTS))) {
            try (InputStream in = imports.openStream()) {
                new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter((line) -> line.startsWith("io.reliablemq."))
                    .map((line) -> ClassUtils.resolveClassName(line.strip(), null))
                    .forEach((type) -> addWithNested(type, types));
            }
        }
        return types;
    }

    private static void addWithNested(Class<?> type, List<Class<?>> types) {
        types.add(type);
        for (Class<?> nested : type.getDeclaredClasses()) {
            addWithNested(nested, types);
        }
    }

}
