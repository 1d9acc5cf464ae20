package io.reliablemq.it;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterStore;
import io.reliablemq.deadletter.DeadLetters;
import io.reliablemq.deadletter.ReplayOptions;
import io.reliablemq.deadletter.jdbc.JdbcDeadLetterStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.PayloadCodec;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * A store of dead letters that does what it is asked and then never returns, or never
 * begins: from one call on, so that a process can be killed exactly there.
 * {@code effects.hang} says at which method, with a minus for before it,
 * {@code effects.hang-from} at which call.
 */
@Configuration(proxyBeanMethods = false)
class HangingLetters {

    private final CountDownLatch never = new CountDownLatch(1);

    private final AtomicInteger calls = new AtomicInteger();

    @Bean
    DeadLetterStore hangingStore(JdbcDatabase database, Environment environment) {
        DeadLetterStore store = new JdbcDeadLetterStore(database, PayloadCodec.plain(), Clock.systemUTC());
        String point = environment.getProperty("effects.hang", "");
        int from = environment.getProperty("effects.hang-from", Integer.class, 1);
        return (DeadLetterStore) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] { DeadLetterStore.class }, (proxy, method, arguments) -> {
                    boolean before = point.equals("-" + method.getName());
                    boolean here = (before || point.equals(method.getName())) && this.calls.incrementAndGet() >= from;
                    if (here && before) {
                        this.never.await();
                    }
                    try {
                        Object answer = method.invoke(store, arguments);
                        if (here) {
                            this.never.await();
                        }
                        return answer;
                    }
                    catch (InvocationTargetException ex) {
                        throw ex.getCause();
                    }
                });
    }

    @Bean
    @ConditionalOnProperty("effects.replay")
    ApplicationListener<ApplicationReadyEvent> replayOnStart(DeadLetters letters) {
        return (ready) -> {
            Thread replay = new Thread(() -> letters.replay(DeadLetterFilter.all(),
                    ReplayOptions.defaults().withLimit(1000).withPerSecond(500)));
            replay.setDaemon(true);
            replay.start();
        };
    }

}
