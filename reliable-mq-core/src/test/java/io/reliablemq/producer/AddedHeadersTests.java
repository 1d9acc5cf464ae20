package io.reliablemq.producer;

import java.util.List;
import java.util.Map;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.reliablemq.message.ReliableMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AddedHeaders}.
 */
class AddedHeadersTests {

    private final AddedHeaders headers = new AddedHeaders(List.of("tenant", "user"));

    private final Logger logger = (Logger) LoggerFactory.getLogger(AddedHeaders.class);

    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        this.lines.start();
        this.logger.addAppender(this.lines);
    }

    @AfterEach
    void clear() {
        this.logger.detachAppender(this.lines);
        MDC.clear();
    }

    @Test
    void saysOncePerNameWhatIsLeftOutAndNeverItsValue() {
        MDC.put("tenant", "secret\u0002RELIABLE_ID\u00011");
        MDC.put("user", "u-1");
        for (int i = 0; i < 3; i++) {
            assertThat(this.headers.withLoggingContext(prepared(Map.of("own", "o"))).properties())
                .isEqualTo(Map.of("own", "o", "RELIABLE_MDC_user", "u-1"));
        }
        assertThat(this.lines.list).singleElement()
            .extracting(ILoggingEvent::getFormattedMessage)
            .asString()
            .contains("'tenant' of the logging context", "separator")
            .doesNotContain("secret");
    }

    @Test
    void leavesOutWhatDoesNotFitAndTakesWhatDoes() {
        MDC.put("tenant", "t".repeat(30_000));
        MDC.put("user", "u".repeat(300));

        assertThat(this.headers.withLoggingContext(prepared(Map.of("own", "o".repeat(30_000)))).properties())
            .containsOnlyKeys("own", "RELIABLE_MDC_user");
    }

    @Test
    void keepsTheOlderTraceContextIfTheNewOneCannotTravel() {
        ReliableMessage<?> message = ReliableMessage.to("orders").payload("x").header("traceparent", "old").build();

        assertThat(this.headers.withTrace(message, Map.of("traceparent", "new")).headers())
            .isEqualTo(Map.of("traceparent", "new"));
        for (String value : List.of(" ", "a\u0001b", "x".repeat(33_000))) {
            assertThat(this.headers.withTrace(message, Map.of("traceparent", value)).headers())
                .isEqualTo(Map.of("traceparent", "old"));
        }
        assertThat(this.headers.withTrace(message, Map.of("KEYS", "k", "RELIABLE_ID", "1")).headers())
            .isEqualTo(Map.of("traceparent", "old"));
    }

    private static PreparedMessage prepared(Map<String, String> properties) {
        return new PreparedMessage(1, "U1", "orders", null, List.of("1"), new byte[] { 1 }, properties, null, null);
    }

}
