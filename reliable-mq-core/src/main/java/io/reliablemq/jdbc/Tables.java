package io.reliablemq.jdbc;

import java.util.regex.Pattern;

import io.reliablemq.InvalidConfigurationException;

/**
 * The names of the tables.
 *
 * @param prefix what each name begins with: letters, digits and underscores; a schema (on
 * MariaDB and MySQL: a database) and a dot may come first, as in
 * {@code messaging.reliable_mq_}
 */
public record Tables(String prefix) {

    /** Prefix that the scripts on the class path are written with. */
    public static final String DEFAULT_PREFIX = "reliable_mq_";

    // 63 bytes is PostgreSQL's longest name, 30 the longest of what follows the prefix.
    private static final Pattern VALID = Pattern.compile("([A-Za-z0-9_]{1,63}\\.)?[A-Za-z_][A-Za-z0-9_]{0,31}");

    /**
     * Checks the prefix: it becomes part of SQL statements.
     * @throws InvalidConfigurationException if a table could not be named so
     */
    public Tables {
        if (!VALID.matcher(prefix).matches()) {
            throw new InvalidConfigurationException("The table prefix '" + prefix + "' cannot be used.",
                    "Set reliable-mq.jdbc.table-prefix to 1 to 32 letters (a to z), digits and underscores that do "
                            + "not begin with a digit, after a schema and a dot if need be; for example "
                            + "'messaging.reliable_mq_'.");
        }
    }

    /**
     * Default names.
     * @return names that begin with {@value #DEFAULT_PREFIX}
     */
    public static Tables defaults() {
        return new Tables(DEFAULT_PREFIX);
    }

    /**
     * Name of a table.
     * @param table the table
     * @return its name with the prefix
     */
    public String name(Table table) {
        return this.prefix + table.suffix();
    }

    /**
     * The prefix without the schema: indexes of PostgreSQL are named without one.
     * @return the part after the dot
     */
    String unqualifiedPrefix() {
        return this.prefix.substring(this.prefix.indexOf('.') + 1);
    }

}
