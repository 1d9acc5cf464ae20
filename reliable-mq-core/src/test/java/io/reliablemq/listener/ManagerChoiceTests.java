package io.reliablemq.listener;

import java.util.Map;
import java.util.Set;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ManagerChoiceTests {

    private final PlatformTransactionManager one = new JdbcTransactionManager();

    private final PlatformTransactionManager two = new JdbcTransactionManager();

    @Test
    void choosesTheOnlyOne() {
        assertThat(choice("", Map.of("one", this.one)).choose(true)).isSameAs(this.one);
    }

    @Test
    void choosesTheNamedOne() {
        assertThat(choice("two", Map.of("one", this.one, "two", this.two)).choose(false)).isSameAs(this.two);
    }

    @Test
    void refusesToGuessAmongSeveral() {
        refuses(choice("", Map.of("one", this.one, "two", this.two)), false, "several transaction managers",
                "[one, two]");
    }

    @Test
    void leavesAutoModeToLeasesWithoutAny() {
        assertThat(choice("", Map.of()).choose(false)).isNull();
    }

    @Test
    void refusesTransactionalModeWithoutAny() {
        refuses(choice("", Map.of()), true, "no transaction manager begins", "mode = LEASE");
    }

    @Test
    void refusesANameThatDoesNotExist() {
        refuses(choice("three", Map.of("one", this.one)), false, "there is no transaction manager 'three'", "[one]");
    }

    @Test
    void refusesAManagerOfAnotherDataSource() {
        refuses(choice("elsewhere", Map.of("one", this.one)), false, "does not begin transactions on the store's",
                "[one]");
    }

    private static void refuses(ManagerChoice choice, boolean required, String reason, String action) {
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> choice.choose(required))
            .withMessageContaining("'g'")
            .withMessageContaining(reason)
            .withMessageContaining(action);
    }

    private static ManagerChoice choice(String name, Map<String, PlatformTransactionManager> managers) {
        ListenerOverrides properties = new ListenerOverrides(null, IdempotencyStoreType.JDBC, IdempotencyMode.AUTO,
                null, null, null, name, null, null, null, null);
        ListenerSettings settings = ListenerSettings.of("g", false, null, properties, IdempotencyDefaults.defaults(),
                java.util.List.of(java.time.Duration.ofSeconds(1)), (text) -> text);
        return new ManagerChoice(settings, managers, Set.of("one", "two", "elsewhere"));
    }

}
