/**
 * What every store must do, as tests to extend.
 */
@NullMarked
package io.reliablemq.test.contract;

import org.jspecify.annotations.NullMarked;
