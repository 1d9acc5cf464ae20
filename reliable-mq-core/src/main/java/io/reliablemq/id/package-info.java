/**
 * API and SPI: Ids of messages: unique over all instances, sorted like time, and the
 * leases on worker ids that make them so.
 */
@NullMarked
package io.reliablemq.id;

import org.jspecify.annotations.NullMarked;
