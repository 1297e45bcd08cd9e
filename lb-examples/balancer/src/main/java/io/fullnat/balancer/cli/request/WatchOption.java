// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

/// The option by which a listing repeats itself. Grammars know its name for help, completion and
/// guesses only: it is taken off a line before they read it.
public final class WatchOption {
    /// As typed, before a number of seconds.
    public static final String NAME = "--watch";

    private WatchOption() {}
}
