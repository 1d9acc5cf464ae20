/**
 * What every store must do, as tests to extend: one class per SPI. They need JUnit
 * Jupiter and AssertJ on the test's class path.
 */
@NullMarked
package io.reliablemq.test.contract;

import org.jspecify.annotations.NullMarked;
