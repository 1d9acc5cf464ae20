/**
 * Ties the embedded broker to the application contexts of Spring tests and of
 * applications that name no broker.
 */
@NullMarked
package io.reliablemq.test.context;

import org.jspecify.annotations.NullMarked;
