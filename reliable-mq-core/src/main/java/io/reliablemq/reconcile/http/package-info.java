/**
 * The consuming side behind the endpoint of another application.
 */
@NullMarked
package io.reliablemq.reconcile.http;

import org.jspecify.annotations.NullMarked;
