package io.reliablemq.rocketmq.delivery;

import java.util.List;
import java.util.Map;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.rocketmq.Messages;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class KeyExpressionTests {

    private static final Order ORDER = new Order("o-1", new Customer("c-1"), List.of(new Item(1)));

    private final MessageExt message = Messages.withId(42);

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            o-1                        | #payload.id
            o-1                        | #payload.id()
            c-1                        | #payload.customer.name
            c-1-o-1                    | #payload?.customer?.name + '-' + #payload.id
            k1                         | #message.keys
            42                         | #headers['RELIABLE_ID']
            7F00A                      | #headers.UNIQ_KEY
            Customer[name=c-1]         | #payload.customer
            """)
    void readsTheMessage(String key, String expression) {
        this.message.setKeys("k1");

        assertThat(new KeyExpression("g", expression, Order.class).evaluate(this.message, ORDER)).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(strings = { "#payload['id']", "#payload.id" })
    void readsAMap(String expression) {
        assertThat(new KeyExpression("g", expression, Map.class).evaluate(this.message, Map.of("id", "o-1")))
            .isEqualTo("o-1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            cannot be read             | #payload.
            uses #order, which does not exist | #order.id
            uses the property total, which | #payload.total
            uses nothing of the message | id
            uses nothing of the message | 'order'
            uses nothing of the message | #root.id
            uses nothing of the message | T(java.util.UUID).randomUUID()
            """)
    void refusesAtStartUp(String reason, String expression) {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> new KeyExpression("g", expression, Order.class))
            .withMessageContaining(expression)
            .withMessageContaining("'g'")
            .withMessageContaining(reason)
            .withMessageContaining("for example #payload.orderId");
    }

    @ParameterizedTest
    @ValueSource(strings = { "#payload.items[0].price", "#payload.customer.phone", "#headers.missing",
            "#payload.items[5].count", "#payload.fail()" })
    void failsOnAMessageThatDoesNotFit(String expression) {
        assertThatExceptionOfType(InvalidRecordKeyException.class)
            .isThrownBy(() -> new KeyExpression("g", expression, Order.class).evaluate(this.message, ORDER))
            .withMessageContaining(expression);
    }

    @ParameterizedTest
    @ValueSource(strings = { "#payload.plain()", "#message.body" })
    void refusesValuesWhoseTextDiffersFromCopyToCopy(String expression) {
        assertThatExceptionOfType(InvalidRecordKeyException.class)
            .isThrownBy(() -> new KeyExpression("g", expression, Order.class).evaluate(this.message, ORDER))
            .withMessageContaining("choose one of its properties");
    }

    @Test
    void leavesAMissingValueToTheKey() {
        assertThat(new KeyExpression("g", "#headers['x']", Order.class).evaluate(this.message, ORDER)).isNull();
    }

    @Test
    void identifiesByTheExpressionBeforeTheIdBeforeUniqKey() {
        KeyExpression expression = new KeyExpression("g", "#payload.id", Order.class);

        assertThat(new KeyReader("g", expression).read(this.message, ORDER))
            .isEqualTo(RecordKey.ofBusinessKey("g", "o-1", 42L));
        assertThat(new KeyReader("g", null).read(this.message, ORDER)).isEqualTo(RecordKey.ofMessageId("g", 42));
        assertThat(new KeyReader("g", null).read(Messages.message("x"), "x"))
            .isEqualTo(RecordKey.ofUniqKey("g", "7F00A"));
    }

    @Test
    void recognizesTheRedeliveredCopyOfAMessageWithoutUniqKey() {
        MessageExt first = new MessageExt();
        first.setMsgId("offset-1");
        MessageExt copy = new MessageExt();
        copy.setMsgId("offset-2");
        MessageAccessor.setOriginMessageId(copy, "offset-1");

        KeyReader reader = new KeyReader("g", null);
        assertThat(reader.read(copy, "x")).isEqualTo(reader.read(first, "x"));
    }

    public record Order(String id, Customer customer, List<Item> items) {

        public Object plain() {
            return new Object();
        }

        public String fail() {
            throw new IllegalStateException("broken accessor");
        }

    }

    public record Customer(String name) {
    }

    public record Item(int count) {
    }

}
