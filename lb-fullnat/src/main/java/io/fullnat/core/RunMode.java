// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

/// How a balancer is run.
enum RunMode {
    /// On threads of its own.
    STARTED,
    /// By one thread that asks for each duty cycle.
    BUILT,
    /// By the application's runners.
    AGENTS
}
