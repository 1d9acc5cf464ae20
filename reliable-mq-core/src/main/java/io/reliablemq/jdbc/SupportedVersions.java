package io.reliablemq.jdbc;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.reliablemq.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * Refuses servers that say they are a supported database and are not, or are too old: by
 * the version that they tell the driver. What tells no version that can be read is taken
 * at its word.
 */
final class SupportedVersions {

    /** They lock, or roll back, in other ways than what they call themselves. */
    private static final Pattern LOOKALIKE = Pattern.compile("tidb|oceanbase|-yb-|opengauss|gaussdb|cockroach");

    private static final Pattern MARIADB = Pattern.compile("(\\d+)\\.(\\d+)[.\\d]*-mariadb");

    private static final Pattern NUMBER = Pattern.compile("^\\D*(\\d+)(?:\\.(\\d+))?");

    private SupportedVersions() {
    }

    static Dialect check(Dialect dialect, @Nullable String version) {
        String text = (version != null) ? version.toLowerCase(Locale.ROOT) : "";
        if (LOOKALIKE.matcher(text).find()) {
            throw refused(dialect, version,
                    "which only speaks the language of " + dialect + ": its locks and rollbacks are not known");
        }
        Matcher number = ((dialect == Dialect.MARIADB) ? MARIADB : NUMBER).matcher(text);
        if (number.find()) {
            int minor = (number.group(2) != null) ? parse(number.group(2)) : Integer.MAX_VALUE;
            if (isOlder(parse(number.group(1)), minor, dialect)) {
                throw refused(dialect, version, "which is too old");
            }
        }
        return dialect;
    }

    private static boolean isOlder(int major, int minor, Dialect dialect) {
        return switch (dialect) {
            case H2 -> major < 2;
            case POSTGRESQL -> major < 12;
            case MARIADB -> major < 10 || (major == 10 && minor < 6);
            case MYSQL -> major < 8;
        };
    }

    private static int parse(String digits) {
        return Integer.parseInt(digits.substring(0, Math.min(9, digits.length())));
    }

    private static InvalidConfigurationException refused(Dialect dialect, @Nullable String version, String reason) {
        return new InvalidConfigurationException(
                "The database says that it is " + dialect + " in version '" + version + "', " + reason + ".",
                "Use H2 2, PostgreSQL 12, MariaDB 10.6 or MySQL 8.0, or a later version, for reliable-mq (another"
                        + " DataSource can be named by reliable-mq.jdbc.data-source), or keep the records in Redis"
                        + " (reliable-mq.idempotency.store: redis).");
    }

}
