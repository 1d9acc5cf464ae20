/**
 * internal: The consuming side of another service, asked over HTTP.
 */
@NullMarked
package io.reliablemq.reconcile.http;

import org.jspecify.annotations.NullMarked;
