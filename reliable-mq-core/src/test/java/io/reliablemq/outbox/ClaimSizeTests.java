package io.reliablemq.outbox;

import java.util.Set;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ClaimSizeTests {

    private static final OutboxScope ALL = new OutboxScope(Set.of("c"), Set.of());

    private static final OutboxScope PAUSED = new OutboxScope(Set.of("c"), Set.of(new ClusterTopic("c", "orders")));

    private final ClaimSize size = new ClaimSize(100);

    @Test
    void growsWhileThereIsMore() {
        assertThat(IntStream.range(0, 7).map((i) -> full(this.size, ALL))).containsExactly(100, 200, 300, 400, 500, 500,
                500);
    }

    @Test
    void isSmallAgainAfterAClaimThatFindsLess() {
        full(this.size, ALL);

        assertThat(this.size.found(this.size.next(ALL), 199)).isFalse();
        assertThat(this.size.next(ALL)).isEqualTo(100);
    }

    @Test
    void staysSmallWhileSomethingCannotBeSent() {
        full(this.size, ALL);
        full(this.size, ALL);

        assertThat(full(this.size, PAUSED)).isEqualTo(100);
        assertThat(full(this.size, PAUSED)).isEqualTo(100);
        assertThat(full(this.size, ALL)).isEqualTo(200);
    }

    @Test
    void isNeverSmallerThanWhatIsSentTogether() {
        ClaimSize large = new ClaimSize(1000);
        full(large, ALL);

        assertThat(large.next(ALL)).isEqualTo(1000);
    }

    private static int full(ClaimSize size, OutboxScope scope) {
        int asked = size.next(scope);
        assertThat(size.found(asked, asked)).isTrue();
        return asked;
    }

}
