/**
 * Results of a run: as JSON, as a table, and as the page about performance.
 */
@NullMarked
package io.reliablemq.benchmarks.report;

import org.jspecify.annotations.NullMarked;
