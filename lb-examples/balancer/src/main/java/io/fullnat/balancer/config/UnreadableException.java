// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.io.Serial;

/// The text goes beyond what is read of any. Its message is a sentence for the operator.
final class UnreadableException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    UnreadableException(String message) {
        super(message, null, false, false);
    }
}
