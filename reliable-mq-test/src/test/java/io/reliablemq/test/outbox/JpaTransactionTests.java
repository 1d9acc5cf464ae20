package io.reliablemq.test.outbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.reliablemq.outbox.OutboxMode;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import jakarta.persistence.PostPersist;
import jakarta.persistence.PrePersist;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.PostCommitInsertEventListener;
import org.hibernate.event.spi.PostInsertEvent;
import org.hibernate.event.spi.PostInsertEventListener;
import org.hibernate.persister.entity.EntityPersister;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.orm.jpa.EntityManagerFactoryUtils;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What is sent in and around a transaction of JPA's manager, with Hibernate: sent if it
 * commits, never before, and never otherwise.
 */
@Timeout(60)
class JpaTransactionTests {

    private static Consumer<Place> listener;

    private TestOutbox outbox;

    private LocalContainerEntityManagerFactoryBean factory;

    private TransactionTemplate transaction;

    @AfterEach
    void close() {
        this.factory.destroy();
        this.outbox.close();
    }

    static List<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (Place place : Place.values()) {
            for (boolean autoCommit : new boolean[] { true, false }) {
                if (autoCommit && place == Place.POST_COMPLETION) {
                    // Hibernate has switched auto-commit on again.
                    continue;
                }
                for (boolean known : new boolean[] { true, false }) {
                    cases.add(Arguments.of(place, autoCommit, known, "key"));
                    cases.add(Arguments.of(place, autoCommit, known, null));
                }
            }
        }
        return cases;
    }

    private void open(OutboxMode mode, boolean autoCommit, boolean known) {
        this.outbox = TestOutbox.open(mode, autoCommit);
        this.outbox.jdbc.execute("CREATE TABLE Effect (id INT PRIMARY KEY)");
        this.factory = new LocalContainerEntityManagerFactoryBean();
        this.factory.setDataSource(this.outbox.dataSource);
        this.factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
        this.factory.setManagedTypes(PersistenceManagedTypes.of(Effect.class.getName()));
        this.factory.setJpaPropertyMap(Map.of("hibernate.physical_naming_strategy",
                "org.hibernate.boot.model.naming.PhysicalNamingStrategyStandardImpl"));
        this.factory.afterPropertiesSet();
        factory().unwrap(SessionFactoryImplementor.class)
            .getServiceRegistry()
            .getService(EventListenerRegistry.class)
            .appendListeners(EventType.POST_COMMIT_INSERT, new AfterHibernatesCommit(),
                    new AfterHibernatesCompletion());
        JpaTransactionManager manager = new JpaTransactionManager(factory());
        manager.afterPropertiesSet();
        assertThat(manager.getDataSource()).isSameAs(this.outbox.dataSource);
        if (known) {
            this.outbox.known(manager);
        }
        this.transaction = new TransactionTemplate(manager);
        this.outbox.relay.start();
    }

    private EntityManagerFactory factory() {
        return this.factory.getObject();
    }

    private EntityManager current() {
        return EntityManagerFactoryUtils.getTransactionalEntityManager(factory());
    }

    private void send(String payload, String key) {
        if (key != null) {
            this.outbox.send(payload, key);
        }
        else {
            this.outbox.send(payload);
        }
    }

    private void sendIn(Place place, String payload, String key) {
        listener = (at) -> {
            if (at == place) {
                assertThat(this.outbox.transport.sent()).as("before it is sent").doesNotContain(payload);
                send(payload, key);
            }
        };
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sendsWhatIsCommitted(Place place, boolean autoCommit, boolean known, String key) {
        open(OutboxMode.TRANSACTIONAL, autoCommit, known);
        sendIn(place, "message", key);

        this.transaction.executeWithoutResult((status) -> {
            current().persist(new Effect(1));
            listener.accept(Place.TRANSACTION);
            assertThat(this.outbox.transport.sent()).as("not committed").isEmpty();
        });

        await().untilAsserted(() -> assertThat(this.outbox.transport.sent()).containsExactly("message"));
    }

    /** With another one before, so that the transaction is one that the outbox knows. */
    @ParameterizedTest
    @MethodSource("cases")
    @Tag("faults")
    void sendsWhatIsCommittedAfterAnotherMessage(Place place, boolean autoCommit, boolean known, String key) {
        open(OutboxMode.TRANSACTIONAL, autoCommit, known);
        sendIn(place, "message", key);

        this.transaction.executeWithoutResult((status) -> {
            this.outbox.send("first", "other key");
            current().persist(new Effect(1));
            listener.accept(Place.TRANSACTION);
            assertThat(this.outbox.transport.sent()).as("not committed").isEmpty();
        });

        await().untilAsserted(
                () -> assertThat(this.outbox.transport.sent()).containsExactlyInAnyOrder("first", "message"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sendsNothingOfWhatIsRolledBack(Place place, boolean autoCommit, boolean known, String key) {
        open(OutboxMode.TRANSACTIONAL, autoCommit, known);
        sendIn(place, "ghost", key);

        this.transaction.executeWithoutResult((status) -> {
            this.outbox.send("other ghost", "other key");
            current().persist(new Effect(1));
            listener.accept(Place.TRANSACTION);
            current().flush();
            status.setRollbackOnly();
        });
        listener = (at) -> {
        };
        this.transaction.executeWithoutResult((status) -> send("real", key));

        await().untilAsserted(() -> assertThat(this.outbox.transport.sent()).containsExactly("real"));
        assertThat(this.outbox.rows()).isOne();
    }

    /** The flush at the commit is refused by the database. */
    @ParameterizedTest
    @MethodSource("cases")
    void sendsNothingOfACommitThatFails(Place place, boolean autoCommit, boolean known, String key) {
        open(OutboxMode.TRANSACTIONAL, autoCommit, known);
        this.outbox.transaction
            .executeWithoutResult((status) -> this.outbox.jdbc.update("INSERT INTO Effect VALUES (2)"));
        sendIn(place, "ghost", key);

        assertThatExceptionOfType(RuntimeException.class)
            .isThrownBy(() -> this.transaction.executeWithoutResult((status) -> {
                current().persist(new Effect(1));
                current().persist(new Effect(2));
                listener.accept(Place.TRANSACTION);
            }));
        listener = (at) -> {
        };
        this.transaction.executeWithoutResult((status) -> send("real", key));

        await().untilAsserted(() -> assertThat(this.outbox.transport.sent()).containsExactly("real"));
        assertThat(this.outbox.rows()).isOne();
    }

    @ParameterizedTest
    @EnumSource(value = OutboxMode.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
    void isOutsideAfterHibernatesCommitInEachMode(OutboxMode mode) {
        open(mode, false, true);
        sendIn(Place.POST_COMMIT, "message", null);

        this.transaction.executeWithoutResult((status) -> current().persist(new Effect(1)));

        await().untilAsserted(() -> assertThat(this.outbox.transport.sent()).containsExactly("message"));
    }

    enum Place {

        TRANSACTION, PRE_PERSIST, POST_PERSIST, POST_COMMIT, POST_COMPLETION

    }

    @Entity(name = "Effect")
    static class Effect {

        @Id
        private int id;

        Effect() {
        }

        Effect(int id) {
            this.id = id;
        }

        @PrePersist
        void beforeInsert() {
            listener.accept(Place.PRE_PERSIST);
        }

        @PostPersist
        void afterInsert() {
            listener.accept(Place.POST_PERSIST);
        }

    }

    @SuppressWarnings("serial")
    private static final class AfterHibernatesCommit implements PostCommitInsertEventListener {

        @Override
        public void onPostInsert(PostInsertEvent event) {
            listener.accept(Place.POST_COMMIT);
        }

        @Override
        public void onPostInsertCommitFailed(PostInsertEvent event) {
            // Says nothing of what is rolled back.
        }

        @Override
        public boolean requiresPostCommitHandling(EntityPersister persister) {
            return true;
        }

    }

    /** Is told of rollbacks too, as if they were commits. */
    @SuppressWarnings("serial")
    private static final class AfterHibernatesCompletion implements PostInsertEventListener {

        @Override
        public void onPostInsert(PostInsertEvent event) {
            listener.accept(Place.POST_COMPLETION);
        }

        @Override
        public boolean requiresPostCommitHandling(EntityPersister persister) {
            return true;
        }

    }

}
