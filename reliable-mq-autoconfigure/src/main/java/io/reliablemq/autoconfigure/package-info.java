/**
 * Beans of the library for Spring Boot applications, from {@code reliable-mq.*}.
 */
@NullMarked
package io.reliablemq.autoconfigure;

import org.jspecify.annotations.NullMarked;
