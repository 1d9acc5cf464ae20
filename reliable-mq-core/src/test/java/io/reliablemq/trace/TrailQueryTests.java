package io.reliablemq.trace;

import io.reliablemq.message.MessageId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class TrailQueryTests {

    @Test
    void takesAnIdAloneForThatOfEverySpace() {
        TrailQuery query = TrailQuery.parse("42");
        assertThat(query.ids()).containsExactly(42L);
        assertThat(query.keys()).containsExactly("42");
        assertThat(query.matches(new MessageId(42, "a"))).isTrue();
        assertThat(query.matches(new MessageId(42, null))).isTrue();
        assertThat(query.identities()).containsExactly("000000000000002a", "k:42", "u:42");
    }

    @ParameterizedTest
    @ValueSource(strings = { "42-my-space", "000000000000002a-my-space" })
    void takesAnIdWithItsSpace(String text) {
        TrailQuery query = TrailQuery.parse(text);
        assertThat(query.ids()).containsExactly(42L);
        assertThat(query.keys()).containsExactly(text, "42");
        assertThat(query.matches(new MessageId(42, "my-space"))).isTrue();
        assertThat(query.matches(new MessageId(42, "other"))).isFalse();
        assertThat(query.matches(new MessageId(42, null))).isFalse();
        assertThat(query.matches(null)).as("a message without an id").isTrue();
        assertThat(query.identities()).contains("000000000000002a-my-space", "k:" + text, "u:" + text);
    }

    @ParameterizedTest
    @ValueSource(strings = { "o-7", "7F00A", "99999999999999999999", "9999999999999999999", "42-", "42-A",
            "ffffffffffffffff", "" })
    void takesWhatIsNoIdForAKey(String text) {
        TrailQuery query = TrailQuery.parse(text);
        assertThat(query.ids()).isEmpty();
        assertThat(query.space()).isNull();
        assertThat(query.keys()).containsExactly(text);
        assertThat(query.matches(new MessageId(1, "a"))).isTrue();
    }

}
