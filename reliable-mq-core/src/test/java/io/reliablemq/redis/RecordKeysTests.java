package io.reliablemq.redis;

import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RecordKeysTests {

    private final RecordKeys keys = new RecordKeys("reliable-mq:", "inbox");

    private String of(String group, String identity) {
        return this.keys.of(group, identity);
    }

    @Test
    void putsGroupAndIdentityIntoTheHashTag() {
        assertThat(of("GID_points", "0001")).isEqualTo("reliable-mq:inbox:{GID_points:0001}");
    }

    @Test
    void keepsGroupAndIdentityApart() {
        assertThat(of("a:b", "c")).isNotEqualTo(of("a", "b:c"));
        assertThat(of("a%3Ab", "c")).isNotEqualTo(of("a:b", "c"));
        assertThat(of("a}", "c")).isNotEqualTo(of("a", "}c")).isEqualTo("reliable-mq:inbox:{a%7D:c}");
        assertThat(of("{", "c")).isEqualTo("reliable-mq:inbox:{%7B:c}");
    }

    @Test
    void distinguishesCaseAccentsAndBlanks() {
        assertThat(Set.of(of("g", "a"), of("g", "A"), of("g", "a "), of("g", "\u00e1"), of("g", "a\u0301"),
                of("g", "a\u0000"), of("g", "a\n")))
            .hasSize(7);
    }

    @Test
    void distinguishesCharactersWithoutUtf8Form() {
        assertThat(of("g", "\ud800")).isNotEqualTo(of("g", "\udc00")).isNotEqualTo(of("g", "?"));
        assertThat(of("g", "\ud83d\ude00")).isEqualTo("reliable-mq:inbox:{g:\ud83d\ude00}");
    }

}
