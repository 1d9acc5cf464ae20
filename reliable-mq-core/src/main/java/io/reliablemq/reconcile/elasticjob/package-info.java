/**
 * API: Reconciliation as a sharded job of ElasticJob.
 */
@NullMarked
package io.reliablemq.reconcile.elasticjob;

import org.jspecify.annotations.NullMarked;
