// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

/// Something to be read that is no part of the API, at a path of its own beside it.
@FunctionalInterface
interface Page {
    /// Answers GET and HEAD.
    ///
    /// @throws Failure if it is refused
    Reply get(ApiRequest request);

    /// Whether also those get it who bear no token.
    default boolean isOpen() {
        return false;
    }
}
