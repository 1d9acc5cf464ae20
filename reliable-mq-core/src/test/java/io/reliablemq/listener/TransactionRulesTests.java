package io.reliablemq.listener;

import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import io.reliablemq.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Answers;

import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

class TransactionRulesTests {

    private final PlatformTransactionManager guards = new JdbcTransactionManager();

    private final Map<String, PlatformTransactionManager> managers = Map.of("guards", this.guards, "other",
            new JdbcTransactionManager());

    @Test
    void takesOverIsolationAndTimeout() throws Exception {
        TransactionDefinition definition = definition(Tuned.class);

        assertThat(definition.getIsolationLevel()).isEqualTo(TransactionDefinition.ISOLATION_SERIALIZABLE);
        assertThat(definition.getTimeout()).isEqualTo(7);
        assertThat(definition.getPropagationBehavior()).isEqualTo(TransactionDefinition.PROPAGATION_REQUIRED);
    }

    @Test
    void usesTheDefaultsWithoutAnAnnotation() throws Exception {
        TransactionDefinition definition = definition(Plain.class);

        assertThat(definition.getIsolationLevel()).isEqualTo(TransactionDefinition.ISOLATION_DEFAULT);
        assertThat(definition.getTimeout()).isEqualTo(TransactionDefinition.TIMEOUT_DEFAULT);
        assertThat(definition.isReadOnly()).isFalse();
    }

    @Test
    void acceptsTheGuardsOwnManagerByName() throws Exception {
        assertThat(definition(SameManager.class)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(classes = { RequiresNew.class, NotSupported.class, Never.class })
    void refusesToLeaveTheTransaction(Class<?> listener) {
        refuses(listener, "leaves the guard's transaction");
    }

    @Test
    void refusesReadOnlyOnTheClassToo() {
        refuses(ReadOnly.class, "read-only");
    }

    @Test
    void refusesAnotherManager() {
        refuses(OtherManager.class, "'other'");
    }

    @Test
    void refusesAnAnnotationWithoutANameThatGetsAnotherManager() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> definition(Tuned.class, this.managers.get("other")))
            .withMessageContaining("names no transaction manager");
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> definition(Tuned.class, null));
    }

    @Test
    void acceptsSavepointsOfManagerAndDriver() {
        assertThatNoException().isThrownBy(() -> requireSavepoints(new DataSourceTransactionManager(), true));
    }

    @Test
    void refusesSavepointsOfAManagerThatSetsNone() {
        DataSourceTransactionManager flat = new DataSourceTransactionManager();
        flat.setNestedTransactionAllowed(false);
        for (PlatformTransactionManager manager : List.of(flat, mock(PlatformTransactionManager.class))) {
            assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> requireSavepoints(manager, true))
                .withMessageContaining("'g' has savepoints")
                .withMessageContaining(manager.getClass().getName())
                .withMessageContaining("nestedTransactionAllowed=true");
        }
    }

    @Test
    void refusesSavepointsOfADriverThatSetsNone() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> requireSavepoints(new DataSourceTransactionManager(), false))
            .withMessageContaining("the driver of its database sets none")
            .withMessageContaining("remove savepoints");
    }

    private static void requireSavepoints(PlatformTransactionManager manager, boolean driver) throws Exception {
        DataSource dataSource = mock(DataSource.class, Answers.RETURNS_DEEP_STUBS);
        given(dataSource.getConnection().getMetaData().supportsSavepoints()).willReturn(driver);
        new TransactionRules("g", Plain.class.getMethod("onMessage", String.class), Plain.class)
            .requireSavepoints(manager, dataSource);
    }

    private void refuses(Class<?> listener, String reason) {
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> definition(listener))
            .withMessageContaining(reason)
            .withMessageContaining(listener.getName())
            .withMessageContaining("'g'");
    }

    private TransactionDefinition definition(Class<?> listener) throws NoSuchMethodException {
        return definition(listener, this.guards);
    }

    private TransactionDefinition definition(Class<?> listener, @Nullable PlatformTransactionManager unqualified)
            throws NoSuchMethodException {
        return new TransactionRules("g", listener.getMethod("onMessage", String.class), listener)
            .definition(this.guards, this.managers, unqualified);
    }

    static class Plain {

        public void onMessage(String message) {
        }

    }

    static class Tuned {

        @Transactional(isolation = Isolation.SERIALIZABLE, timeout = 7)
        public void onMessage(String message) {
        }

    }

    static class SameManager {

        @Transactional("guards")
        public void onMessage(String message) {
        }

    }

    static class OtherManager {

        @Transactional(transactionManager = "other")
        public void onMessage(String message) {
        }

    }

    static class RequiresNew {

        @Transactional(propagation = Propagation.REQUIRES_NEW)
        public void onMessage(String message) {
        }

    }

    static class NotSupported {

        @Transactional(propagation = Propagation.NOT_SUPPORTED)
        public void onMessage(String message) {
        }

    }

    static class Never {

        @Transactional(propagation = Propagation.NEVER)
        public void onMessage(String message) {
        }

    }

    @Transactional(readOnly = true)
    static class ReadOnly {

        public void onMessage(String message) {
        }

    }

}
