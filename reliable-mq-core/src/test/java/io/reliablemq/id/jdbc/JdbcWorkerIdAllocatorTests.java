package io.reliablemq.id.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.id.WorkerIdUnavailableException;
import io.reliablemq.id.WorkerLease;
import io.reliablemq.id.WorkerLeaseOptions;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class JdbcWorkerIdAllocatorTests {

    private static final long NOW = 1_800_000_000_000L;

    private final JdbcDataSource dataSource = new JdbcDataSource();

    private JdbcTemplate jdbc;

    private JdbcWorkerIdAllocator allocator;

    @BeforeEach
    void createTable() {
        this.dataSource.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        this.jdbc = new JdbcTemplate(this.dataSource);
        this.jdbc.execute("CREATE TABLE reliable_mq_worker (worker_id INT PRIMARY KEY, owner VARCHAR(255) NOT NULL,"
                + " limit_ms BIGINT NOT NULL)");
        this.allocator = new JdbcWorkerIdAllocator(this.dataSource, "reliable_mq_");
    }

    @Test
    void persistsTheLimitOfAClaim() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 100);
        assertThat(lease.previousLimit()).isZero();
        assertThat(lease.limit()).isEqualTo(NOW + 100);
        assertThat(limitOf(lease)).isEqualTo(NOW + 100);
    }

    @Test
    void givesDistinctWorkerIdsToConcurrentClaims() {
        ExecutorService executor = Executors.newFixedThreadPool(16);
        List<CompletableFuture<WorkerLease>> claims = IntStream.range(0, 50)
            .mapToObj((i) -> CompletableFuture.supplyAsync(() -> this.allocator.claim(NOW, NOW + 100), executor))
            .toList();
        assertThat(claims.stream().map((claim) -> claim.join().workerId())).doesNotHaveDuplicates().hasSize(50);
        executor.shutdown();
    }

    @Test
    void lowersNoLimit() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 100);
        assertThat(this.allocator.extend(lease, NOW + 300)).isTrue();
        assertThat(this.allocator.extend(lease, NOW + 200)).isTrue();
        assertThat(this.allocator.extend(lease, NOW + 300)).isTrue();
        assertThat(limitOf(lease)).isEqualTo(NOW + 300);
    }

    @Test
    void takesNoWorkerIdBeforeItsLimitHasPassed() {
        fillAllBut(0);
        WorkerLease last = this.allocator.claim(NOW, NOW + 50);
        assertThatExceptionOfType(WorkerIdUnavailableException.class)
            .isThrownBy(() -> this.allocator.claim(NOW + 50, NOW + 100))
            .withMessageContaining("reliable-mq.id.worker-id");
        WorkerLease next = this.allocator.claim(NOW + 51, NOW + 100);
        assertThat(next.workerId()).isEqualTo(last.workerId()).isZero();
        assertThat(next.previousLimit()).isEqualTo(NOW + 50);
    }

    @Test
    void tellsTheFormerOwnerThatItLostItsLease() {
        fillAllBut(7);
        WorkerLease former = this.allocator.claim(NOW, NOW + 50);
        WorkerLease next = this.allocator.claim(NOW + 51, NOW + 100);
        assertThat(this.allocator.extend(former, NOW + 500)).isFalse();
        this.allocator.release(former, NOW + 50);
        assertThat(limitOf(next)).isEqualTo(NOW + 100);
    }

    @Test
    void tellsTheOwnerThatItsRowIsGone() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 50);
        this.jdbc.update("DELETE FROM reliable_mq_worker");
        assertThat(this.allocator.extend(lease, NOW + 500)).isFalse();
    }

    @Test
    void leavesTheLastTimestampToTheNextOwner() {
        fillAllBut(7);
        this.allocator.release(this.allocator.claim(NOW, NOW + 50), NOW + 20);
        WorkerLease next = this.allocator.claim(NOW + 21, NOW + 100);
        assertThat(next.workerId()).isEqualTo(7);
        assertThat(next.previousLimit()).isEqualTo(NOW + 20);
    }

    @Test
    void isNotPartOfTheCallersTransaction() {
        TransactionAwareDataSourceProxy proxy = new TransactionAwareDataSourceProxy(this.dataSource);
        JdbcWorkerIdAllocator allocator = new JdbcWorkerIdAllocator(proxy, "reliable_mq_");
        WorkerLease lease = new TransactionTemplate(new DataSourceTransactionManager(this.dataSource))
            .execute((status) -> {
                status.setRollbackOnly();
                return allocator.claim(NOW, NOW + 100);
            });
        assertThat(limitOf(lease)).isEqualTo(NOW + 100);
    }

    @Test
    void commitsOnAPoolWithoutAutoCommit() {
        DelegatingDataSource manual = new DelegatingDataSource(this.dataSource) {
            @Override
            public Connection getConnection() throws SQLException {
                Connection connection = super.getConnection();
                connection.setAutoCommit(false);
                return connection;
            }
        };
        WorkerLease lease = new JdbcWorkerIdAllocator(manual, "reliable_mq_").claim(NOW, NOW + 100);
        assertThat(limitOf(lease)).isEqualTo(NOW + 100);
    }

    @Test
    void saysWhatToDoWhenTheTableIsMissing() {
        this.jdbc.execute("DROP TABLE reliable_mq_worker");
        assertThatExceptionOfType(WorkerIdUnavailableException.class)
            .isThrownBy(() -> this.allocator.claim(NOW, NOW + 100))
            .withMessageContaining("reliable_mq_worker")
            .withMessageContaining("reliable-mq.id.worker-id");
    }

    @Test
    void refusesAPrefixThatIsNoName() {
        assertThatIllegalArgumentException().isThrownBy(() -> new JdbcWorkerIdAllocator(this.dataSource, "a;b"));
    }

    @Test
    void feedsGeneratorsThatNeverMeet() {
        Set<Long> ids = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            SnowflakeIdGenerator generator = SnowflakeIdGenerator.leased(this.allocator, Clock.systemUTC(),
                    Duration.ofMillis(10), WorkerLeaseOptions.defaults());
            try (generator) {
                for (long id : generator.nextIds(100)) {
                    assertThat(ids.add(id)).isTrue();
                }
            }
        }
    }

    private void fillAllBut(int free) {
        for (int workerId = 0; workerId < 1024; workerId++) {
            if (workerId != free) {
                this.jdbc.update("INSERT INTO reliable_mq_worker VALUES (?, 'other', ?)", workerId, NOW + 1_000_000);
            }
        }
    }

    private long limitOf(WorkerLease lease) {
        return this.jdbc.queryForObject("SELECT limit_ms FROM reliable_mq_worker WHERE worker_id = ?", Long.class,
                lease.workerId());
    }

}
