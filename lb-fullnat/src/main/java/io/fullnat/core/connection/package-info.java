// SPDX-License-Identifier: Apache-2.0
/// The connections of one worker: a table outside the heap, found by the tuple of either direction,
/// with timers, states, and shares of the services. A table belongs to one thread; another may list
/// its connections by a [io.fullnat.core.connection.ConnectionObserver].
package io.fullnat.core.connection;
