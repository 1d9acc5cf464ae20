/**
 * Reconciliation as a job of ElasticJob.
 */
@NullMarked
package io.reliablemq.reconcile.elasticjob;

import org.jspecify.annotations.NullMarked;
