package io.reliablemq.rocketmq.delivery;

import java.util.concurrent.ExecutorService;

import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class VirtualThreadsTests {

    /** On any Java, one of the two. */
    @Test
    void needsAJavaThatHasVirtualThreads() throws Exception {
        if (Runtime.version().feature() < 21) {
            assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> VirtualThreads.executor("g"))
                .withMessageContaining("Java " + Runtime.version().feature() + " has no virtual threads")
                .withMessageContaining("Java 21");
        }
        else {
            ExecutorService executor = VirtualThreads.executor("g");
            assertThat(executor.submit(() -> Thread.currentThread().toString()).get()).startsWith("VirtualThread");
        }
    }

}
