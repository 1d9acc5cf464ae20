package io.reliablemq.autoconfigure;

/**
 * When the library creates its tables.
 */
public enum SchemaInitialization {

    /** Always, where they are missing. */
    ALWAYS,

    /** Only in an embedded database (H2 in memory). */
    EMBEDDED,

    /** Never; a migration tool creates them. */
    NEVER

}
