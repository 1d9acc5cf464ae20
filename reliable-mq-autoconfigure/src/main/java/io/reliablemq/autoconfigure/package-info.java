/**
 * Auto-configuration of the library for Spring Boot applications, from
 * {@code reliable-mq.*} properties.
 */
@NullMarked
package io.reliablemq.autoconfigure;

import org.jspecify.annotations.NullMarked;
