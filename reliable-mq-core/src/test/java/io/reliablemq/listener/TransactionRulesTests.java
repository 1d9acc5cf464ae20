package io.reliablemq.listener;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import javax.sql.DataSource;

import io.reliablemq.InvalidConfigurationException;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
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
import org.springframework.util.ReflectionUtils;

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
    void takesOverIsolationAndTimeout() {
        TransactionDefinition definition = definition(Tuned.class);

        assertThat(definition.getIsolationLevel()).isEqualTo(TransactionDefinition.ISOLATION_SERIALIZABLE);
        assertThat(definition.getTimeout()).isEqualTo(7);
        assertThat(definition.getPropagationBehavior()).isEqualTo(TransactionDefinition.PROPAGATION_REQUIRED);
    }

    @Test
    void usesTheDefaultsWithoutAnAnnotation() {
        TransactionDefinition definition = definition(Plain.class);

        assertThat(definition.getIsolationLevel()).isEqualTo(TransactionDefinition.ISOLATION_DEFAULT);
        assertThat(definition.getTimeout()).isEqualTo(TransactionDefinition.TIMEOUT_DEFAULT);
        assertThat(definition.isReadOnly()).isFalse();
    }

    @Test
    void acceptsTheGuardsOwnManagerByName() {
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

    @Test
    void letsBatchesHaveAPlainAnnotationOrNone() {
        assertThatNoException().isThrownBy(() -> rules(Plain.class).requireFitForBatches(this.guards));
        assertThatNoException().isThrownBy(() -> rules(SameManager.class).requireFitForBatches(this.guards));
    }

    @ParameterizedTest
    @ValueSource(strings = { "org.springframework.orm.jpa.JpaTransactionManager",
            "org.springframework.orm.hibernate5.HibernateTransactionManager",
            "org.springframework.orm.jpa.hibernate.HibernateTransactionManager" })
    void refusesBatchesWithAManagerOfEntities(String name) throws Exception {
        Class<? extends JdbcTransactionManager> entities = subclass(JdbcTransactionManager.class, name);
        for (Class<? extends JdbcTransactionManager> type : List.of(entities, subclass(entities, "app.Manager"))) {
            JdbcTransactionManager manager = type.getConstructor().newInstance();
            assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> rules(Plain.class).requireFitForBatches(manager))
                .withMessageContaining("'g' has a batch")
                .withMessageContaining(entities.getSimpleName())
                .withMessageContaining("a flush for one message would write the entities of the others")
                .withMessageContaining("Leave out batch");
        }
    }

    @ParameterizedTest
    @ValueSource(classes = { Nested.class, Isolated.class, Limited.class, LimitedAsAWhole.class, RequiresNew.class })
    void refusesBatchesWithAPropagationIsolationOrTimeoutOfTheirOwn(Class<?> listener) {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> rules(listener).requireFitForBatches(this.guards))
            .withMessageContaining("has a propagation, isolation or timeout of its own")
            .withMessageContaining("its messages share transactions in batches")
            .withMessageContaining(listener.getName())
            .withMessageContaining("'g'")
            .withMessageContaining("plain @Transactional");
    }

    private static <T> Class<? extends T> subclass(Class<T> type, String name) {
        return new ByteBuddy().subclass(type)
            .name(name)
            .make()
            .load(type.getClassLoader(), ClassLoadingStrategy.Default.CHILD_FIRST)
            .getLoaded();
    }

    private void refuses(Class<?> listener, String reason) {
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> definition(listener))
            .withMessageContaining(reason)
            .withMessageContaining(listener.getName())
            .withMessageContaining("'g'");
    }

    private TransactionDefinition definition(Class<?> listener) {
        return definition(listener, this.guards);
    }

    private TransactionDefinition definition(Class<?> listener, @Nullable PlatformTransactionManager unqualified) {
        return rules(listener).definition(this.guards, this.managers, unqualified);
    }

    private static TransactionRules rules(Class<?> listener) {
        Method onMessage = ReflectionUtils.findMethod(listener, "onMessage", String.class);
        return new TransactionRules("g", Objects.requireNonNull(onMessage), listener);
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

    static class Nested {

        @Transactional(propagation = Propagation.NESTED)
        public void onMessage(String message) {
        }

    }

    static class Isolated {

        @Transactional(isolation = Isolation.READ_COMMITTED)
        public void onMessage(String message) {
        }

    }

    static class Limited {

        @Transactional(timeout = 7)
        public void onMessage(String message) {
        }

    }

    @Transactional(timeout = 7)
    static class LimitedAsAWhole {

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
