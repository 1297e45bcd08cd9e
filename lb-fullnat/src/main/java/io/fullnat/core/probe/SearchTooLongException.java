// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import java.io.Serial;

/// A regular expression takes more time, or stack, than its probe may.
final class SearchTooLongException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    SearchTooLongException() {
        super("the regular expression takes longer than the check may", null, false, false);
    }

    SearchTooLongException(StackOverflowError deep) {
        super("the regular expression goes too deep for this body", deep, false, false);
    }
}
