package io.reliablemq.listener;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.LeaseKeeper;
import io.reliablemq.retry.AttemptStore;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

class RecordPurgeTests {

    static Stream<Supplier<Throwable>> thrown() {
        return Stream.of(() -> new IllegalStateException("stray"), () -> new OutOfMemoryError("as if"),
                () -> new IOException("checked"));
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void oneGroupsFailureIsNotTheOthers(Supplier<Throwable> thrown) {
        Set<String> purged = ConcurrentHashMap.newKeySet();
        IdempotencyStore store = store(IdempotencyStore.class, purged, thrown);
        AttemptStore attempts = store(AttemptStore.class, purged, thrown);
        try (LeaseKeeper leases = new LeaseKeeper(store, new SimpleMeterRegistry());
                StoreBackend backend = new StoreBackend(IdempotencyStoreType.JDBC, store, attempts, leases, null,
                        () -> {
                        });
                RecordPurge purge = new RecordPurge()) {
            for (String group : new String[] { "a", "b", "fails", "c", "d" }) {
                purge.add(group, Duration.ofDays(1), backend);
            }

            purge.run();
        }

        assertThat(purged).containsExactlyInAnyOrder("a", "b", "c", "d");
    }

    private static <T> T store(Class<T> type, Set<String> purged, Supplier<Throwable> thrown) {
        return type
            .cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, arguments) -> {
                if (arguments[0].equals("fails")) {
                    throw thrown.get();
                }
                purged.add((String) arguments[0]);
                return 0;
            }));
    }

}
