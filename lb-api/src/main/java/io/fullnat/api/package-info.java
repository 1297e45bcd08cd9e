// SPDX-License-Identifier: Apache-2.0
/// Values that all of fullnat shares: addresses, endpoints, prefixes, tuples, clocks, and the
/// errors of the control plane with their exit statuses. Values are immutable and may be used by
/// any thread.
package io.fullnat.api;
