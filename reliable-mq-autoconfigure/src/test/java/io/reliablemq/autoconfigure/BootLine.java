package io.reliablemq.autoconfigure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.util.ClassUtils;

/**
 * The auto-configurations of Spring Boot that have another name on each supported line,
 * so that the tests run on both.
 */
enum BootLine {

    DATA_SOURCE("jdbc.autoconfigure.DataSourceAutoConfiguration", "autoconfigure.jdbc.DataSourceAutoConfiguration"),

    TRANSACTION_MANAGER("jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
            "autoconfigure.jdbc.DataSourceTransactionManagerAutoConfiguration"),

    TRANSACTIONS("transaction.autoconfigure.TransactionAutoConfiguration",
            "autoconfigure.transaction.TransactionAutoConfiguration"),

    REDIS("data.redis.autoconfigure.DataRedisAutoConfiguration", "autoconfigure.data.redis.RedisAutoConfiguration");

    private final Class<?> type;

    BootLine(String... names) {
        this.type = Arrays.stream(names)
            .map((name) -> "org.springframework.boot." + name)
            .filter((name) -> ClassUtils.isPresent(name, null))
            .findFirst()
            .map((name) -> ClassUtils.resolveClassName(name, null))
            .orElseThrow(() -> new IllegalStateException("None of " + List.of(names) + " is on the class path"));
    }

    static AutoConfigurations autoConfigurations(List<BootLine> boots, Class<?>... ours) {
        List<Class<?>> all = new ArrayList<>(List.of(ours));
        boots.forEach((boot) -> all.add(boot.type));
        return AutoConfigurations.of(all.toArray(Class[]::new));
    }

}
