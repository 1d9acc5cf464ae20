package io.reliablemq.message;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ReliableMessageTests {

    @Test
    void collectsAllParts() {
        ReliableMessage<Order> message = ReliableMessage.to("orders:created")
            .payload(new Order(7))
            .id(42L)
            .key("o-7")
            .keys(List.of("c-1", "s-2"))
            .orderingKey("c-1")
            .header("tenant", "acme")
            .headers(Map.of("region", "eu"))
            .build();

        assertThat(message.id()).isEqualTo(42L);
        assertThat(message.topic()).isEqualTo("orders");
        assertThat(message.tag()).isEqualTo("created");
        assertThat(message.destination()).isEqualTo("orders:created");
        assertThat(message.payload()).isEqualTo(new Order(7));
        assertThat(message.keys()).containsExactly("o-7", "c-1", "s-2");
        assertThat(message.orderingKey()).isEqualTo("c-1");
        assertThat(message.headers()).containsExactly(Map.entry("tenant", "acme"), Map.entry("region", "eu"));
        assertThat(message.delay()).isNull();
    }

    @Test
    void takesThePayloadAtAnyPlaceInTheBuilder() {
        ReliableMessage<String> message = ReliableMessage.to("orders")
            .id(1)
            .delay(Duration.ofDays(3))
            .payload("x")
            .build();

        assertThat(message.payload()).isEqualTo("x");
        assertThat(message.tag()).isNull();
        assertThat(message.destination()).isEqualTo("orders");
        assertThat(message.delay()).isEqualTo(Duration.ofDays(3));
    }

    @Test
    void doesNotChangeWithTheBuilderOrTheCollectionsItWasMadeOf() {
        ReliableMessage.Builder<String> builder = ReliableMessage.to("orders").payload("x").key("a").header("h", "1");
        ReliableMessage<String> built = builder.build();
        builder.key("b").header("h", "2");
        Map<String, String> headers = new LinkedHashMap<>(Map.of("h", "1"));
        ReliableMessage<String> created = new ReliableMessage<>(null, "orders", null, "x", List.of(), null, headers,
                null);
        headers.put("h", "2");

        assertThat(built.keys()).containsExactly("a");
        assertThat(built.headers()).containsEntry("h", "1");
        assertThat(created.headers()).containsEntry("h", "1");
    }

    @Test
    void showsNeitherPayloadNorHeaderValues() {
        ReliableMessage<String> message = ReliableMessage.to("orders")
            .payload("top secret")
            .header("h", "hidden")
            .build();

        assertThat(message.toString()).contains("orders").doesNotContain("secret").doesNotContain("hidden");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = { "", " ", ":tag", " :tag" })
    void refusesADestinationWithoutATopic(String destination) {
        refused(() -> ReliableMessage.to(destination).payload("x").build(), "'topic:tag'");
    }

    @ParameterizedTest
    @ValueSource(strings = { "or ders", "orders.eu", "bestéllung", "orders/eu" })
    void refusesATopicWithOtherCharactersThanRocketMQAllows(String topic) {
        refused(() -> ReliableMessage.to(topic).payload("x").build(), "Use only letters");
    }

    @Test
    void refusesATopicThatIsTooLong() {
        assertThat(ReliableMessage.to("t".repeat(127)).payload("x").build().topic()).hasSize(127);
        refused(() -> ReliableMessage.to("t".repeat(128)).payload("x").build(), "128 characters");
    }

    @Test
    void acceptsRetryTopics() {
        assertThat(ReliableMessage.to("%RETRY%GID_points").payload("x").build().topic()).isEqualTo("%RETRY%GID_points");
    }

    @Test
    void refusesTagsThatNoSubscriptionMatches() {
        refused(() -> ReliableMessage.to("orders:").payload("x").build(), "tag is blank");
        refused(() -> ReliableMessage.to("orders:a||b").payload("x").build(), "'|'");
        refused(() -> ReliableMessage.to("orders: a").payload("x").build(), "begins or ends with a blank");
        assertThat(ReliableMessage.to("orders:a:b").payload("x").build().tag()).isEqualTo("a:b");
    }

    @Test
    void refusesPayloadsThatHaveNoBody() {
        refused(() -> ReliableMessage.to("orders").build(), "payload is null");
        refused(() -> ReliableMessage.to("orders").payload(null).build(), "payload is null");
        refused(() -> ReliableMessage.to("orders").payload("").build(), "payload is empty");
        refused(() -> ReliableMessage.to("orders").payload(new byte[0]).build(), "payload is empty");
        refused(() -> new ReliableMessage<>(null, "orders", null, "", List.of(), null, Map.of(), null),
                "payload is empty");
    }

    @Test
    void refusesAMessageAsThePayloadOfAMessage() {
        ReliableMessage<String> message = ReliableMessage.to("orders").payload("x").build();

        refused(() -> ReliableMessage.to("orders").payload(message).build(), "Write send(message)");
    }

    @Test
    void refusesIdsThatAreNotPositive() {
        refused(() -> ReliableMessage.to("orders").payload("x").id(0).build(), "not positive");
        refused(() -> ReliableMessage.to("orders").payload("x").id(-1).build(), "not positive");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = { "", " ", "a b", "a\tb", "a\u0001b" })
    void refusesKeysThatRocketMQWouldSplit(String key) {
        refused(() -> ReliableMessage.to("orders").payload("x").key(key).build(), "blank");
    }

    @Test
    void hasTheIdSpaceThatItWasGiven() {
        assertThat(ReliableMessage.to("orders").payload("x").id(42, "others").build().space()).isEqualTo("others");
        assertThat(ReliableMessage.to("orders").payload("x").id(42, "others").id(43).build().space()).isNull();
        refused(() -> ReliableMessage.to("orders").payload("x").id(42, "Others").build(), "RELIABLE_SPACE");
        refused(() -> new ReliableMessage<>(null, "others", "orders", null, "x", List.of(), null, Map.of(), null),
                "no id");
    }

    @Test
    void refusesReservedHeaders() {
        refused(() -> withHeader("RELIABLE_ID", "1"), "Use id(");
        refused(() -> withHeader("KEYS", "1"), "reserved by RocketMQ");
        refused(() -> withHeader("DELAY", "3"), "reserved by RocketMQ");
    }

    @Test
    void refusesHeadersThatRocketMQRefusesOrGarbles() {
        refused(() -> withHeader(" ", "1"), "name is null or blank");
        refused(() -> withHeader(null, "1"), "name is null or blank");
        refused(() -> withHeader("h", " "), "null or blank");
        refused(() -> withHeader("h", null), "null or blank");
        refused(() -> withHeader("h", "a\u0002b"), "separator");
        refused(() -> withHeader("h\u0001", "a"), "separator");
    }

    @Test
    void refusesDelaysThatABrokerRefuses() {
        refused(() -> ReliableMessage.to("orders").payload("x").delay(Duration.ofMillis(-1)).build(), "negative");
        refused(() -> ReliableMessage.to("orders").payload("x").delay(Duration.ofDays(3).plusMillis(1)).build(),
                "3 days");
    }

    @Test
    void refusesADelayTogetherWithAnOrderingKey() {
        refused(() -> ReliableMessage.to("orders").payload("x").orderingKey("c").delay(Duration.ofSeconds(1)).build(),
                "not both");
    }

    @Test
    void refusesABlankOrderingKey() {
        refused(() -> ReliableMessage.to("orders").payload("x").orderingKey(" ").build(), "ordering key is blank");
    }

    private static void withHeader(String name, String value) {
        Map<String, String> headers = new HashMap<>();
        headers.put(name, value);
        ReliableMessage.to("orders").payload("x").headers(headers).build();
    }

    private static void refused(ThrowingCallable creation, String saying) {
        assertThatExceptionOfType(InvalidMessageException.class).isThrownBy(creation).withMessageContaining(saying);
    }

    record Order(int number) {
    }

}
