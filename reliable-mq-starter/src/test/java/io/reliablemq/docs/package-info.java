/**
 * What the documents name is compared with the code.
 */
@NullMarked
package io.reliablemq.docs;

import org.jspecify.annotations.NullMarked;
