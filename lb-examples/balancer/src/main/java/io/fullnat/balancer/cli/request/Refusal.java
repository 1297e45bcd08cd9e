// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;

/// The errors that a command line can be refused with before any balancer sees it.
public final class Refusal {
    private Refusal() {}

    /// The line is wrong.
    public static BalancerException invalid(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// The line is right, but asks for what this version does not have.
    public static BalancerException unsupported(String message) {
        return new BalancerException(ErrorCode.UNSUPPORTED, message);
    }
}
