// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import java.io.IOException;
import java.io.Serial;

/// A server could not be asked for want of something on this machine: a file descriptor, a port,
/// the source address, a process. Nothing is known of the server then.
final class CannotAskException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    /// What was wanted is what the cause says.
    CannotAskException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
