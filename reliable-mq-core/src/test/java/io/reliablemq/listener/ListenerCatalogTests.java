package io.reliablemq.listener;

import java.util.Map;

import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class ListenerCatalogTests {

    private static final ListenerOverrides SOME = new ListenerOverrides("k", null, null, null, null, null, null, null,
            null, null, null);

    @Test
    void findsAGroupByLettersAndDigitsOnly() {
        ListenerCatalog catalog = new ListenerCatalog(Map.of("gidpoints", SOME));

        assertThat(catalog.forGroup("GID_points")).isSameAs(SOME);
        assertThat(catalog.mentions("GID-Points")).isTrue();
        assertThat(catalog.mentions("GID_points2")).isFalse();
        assertThat(catalog.forGroup("other")).isEqualTo(ListenerOverrides.none());
    }

    @Test
    void refusesTwoKeysForOneGroup() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> new ListenerCatalog(Map.of("GID_points", SOME, "gid-points", SOME)))
            .withMessageContaining("GID_points")
            .withMessageContaining("gid-points");
    }

    @Test
    void refusesAKeyWithoutAListener() {
        ListenerCatalog catalog = new ListenerCatalog(Map.of("GID_point", SOME));
        catalog.forGroup("GID_points");

        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(catalog::requireAllUsed)
            .withMessageContaining("reliable-mq.listeners.GID_point ")
            .withMessageContaining("[GID_points]");
    }

    @Test
    void acceptsKeysThatAllHaveListeners() {
        ListenerCatalog catalog = new ListenerCatalog(Map.of("GID_points", SOME));
        catalog.forGroup("GID_points");

        assertThatNoException().isThrownBy(catalog::requireAllUsed);
    }

}
