// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import java.io.IOException;
import java.io.Serial;

/// The server answers, but not as it should; the message says how, in words for operators.
final class BadAnswerException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    BadAnswerException(String message) {
        super(message);
    }
}
