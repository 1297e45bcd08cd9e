// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.service.ServiceKey;

/// A connection that the copy has before the frame comes. Immutable and thread-safe.
///
/// @param service whose it is
/// @param tuple as its client sends
/// @param server where it goes
/// @param state its state, in the short names of connection lists
record Former(ServiceKey service, FlowTuple tuple, Endpoint server, String state) {}
