package io.reliablemq.id;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class IdSpaceTests {

    @ParameterizedTest
    @ValueSource(strings = { "a", "0", "orders", "orders-1", "a2345678901234567890123456789012" })
    void takesShortNames(String name) {
        assertThat(IdSpace.check(name)).isEqualTo(name);
        assertThat(IdSpace.of(name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = { "", " ", "-a", "Orders", "orders_1", "a.b", "a\n", "a~b", "\u00e4",
            "a23456789012345678901234567890123" })
    void refusesOthersAndSaysHowToWriteThem(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> IdSpace.check(name)).withMessageContaining("a to z");
        assertThat(IdSpace.isValid(IdSpace.of(name))).as(IdSpace.of(name)).isTrue();
    }

    @Test
    void keepsDifferentApplicationsApart() {
        List<String> names = List.of("order service", "order-service", "Order-Service", "order_service", "_", "__", "-",
                "--", "x", "a".repeat(40), "a".repeat(41));
        assertThat(names.stream().map(IdSpace::of).distinct()).hasSameSizeAs(names);
    }

    @Test
    void drawsNamesThatDiffer() {
        Set<String> drawn = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            String name = IdSpace.random();
            assertThat(IdSpace.isValid(name)).isTrue();
            drawn.add(name);
        }
        assertThat(drawn).hasSize(10_000);
    }

}
