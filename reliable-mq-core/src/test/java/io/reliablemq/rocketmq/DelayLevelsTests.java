package io.reliablemq.rocketmq;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DelayLevelsTests {

    private final DelayLevels levels = DelayLevels.parse(DelayLevels.DEFAULT);

    @ParameterizedTest
    @CsvSource({ "PT0S,1", "PT1S,1", "PT1.001S,2", "PT30S,4", "PT31S,5", "PT1M,5", "PT2H,18", "PT5H,18" })
    void choosesTheSmallestLevelThatIsLongEnough(Duration wait, int level) {
        assertThat(this.levels.levelFor(wait)).isEqualTo(level);
    }

    @Test
    void retriesLikeTheBrokerFromItsThirdLevelOn() {
        assertThat(this.levels.retryBackoff()).hasSize(16).startsWith(Duration.ofSeconds(10), Duration.ofSeconds(30));
        assertThat(DelayLevels.parse("5s").retryBackoff()).containsExactly(Duration.ofSeconds(5));
    }

    @Test
    void readsTheBrokersUnits() {
        assertThat(DelayLevels.parse(" 1s 2m  3h 4d ").delays()).containsExactly(Duration.ofSeconds(1),
                Duration.ofMinutes(2), Duration.ofHours(3), Duration.ofDays(4));
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "1s 0s", "1s 2", "1s,2s", "PT1S", "1S" })
    void saysWhatToWriteInsteadOfATableThatItCannotRead(String table) {
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> DelayLevels.parse(table))
            .withMessageContaining("messageDelayLevel");
    }

}
