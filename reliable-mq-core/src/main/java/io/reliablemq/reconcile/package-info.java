/**
 * What was sent is compared with what was consumed; what got lost is found and sent
 * again.
 */
@NullMarked
package io.reliablemq.reconcile;

import org.jspecify.annotations.NullMarked;
