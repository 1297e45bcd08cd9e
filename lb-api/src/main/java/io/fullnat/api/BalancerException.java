// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

import static java.util.Objects.requireNonNull;

import java.io.Serial;

/// The one exception of the balancer's API: a class of error and a message that names the offending
/// value and, where it helps, the next step. Thrown by construction and control, never on a
/// packet's way.
public final class BalancerException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    /// The class of error.
    private final ErrorCode code;

    /// An error that was found here.
    ///
    /// @param code the class of error
    /// @param message what exactly is wrong, with the offending value
    public BalancerException(ErrorCode code, String message) {
        super(requireNonNull(message, "message"));
        this.code = requireNonNull(code, "code");
    }

    /// An error that another one caused.
    ///
    /// @param code the class of error
    /// @param message what exactly is wrong, with the offending value
    /// @param cause what was met below
    public BalancerException(ErrorCode code, String message, Throwable cause) {
        super(requireNonNull(message, "message"), cause);
        this.code = requireNonNull(code, "code");
    }

    /// The class of error.
    ///
    /// @return the code; its [ErrorCode#exitStatus()] is what a command ends with
    public ErrorCode code() {
        return code;
    }

    /// As it stands in a stack trace: with the class of error.
    ///
    /// @return for example `io.fullnat.api.BalancerException: NO_SERVICE: no service TCP ...`
    @Override
    @SuppressWarnings("OverrideThrowableToString") // users see the message alone
    public String toString() {
        return getClass().getName() + ": " + code + ": " + getMessage();
    }
}
