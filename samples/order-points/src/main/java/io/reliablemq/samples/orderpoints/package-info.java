/**
 * Orders earn points, each order once.
 */
@NullMarked
package io.reliablemq.samples.orderpoints;

import org.jspecify.annotations.NullMarked;
