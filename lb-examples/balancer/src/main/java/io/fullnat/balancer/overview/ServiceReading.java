// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import io.fullnat.api.service.ServiceStatus;
import java.time.Instant;

/// A service as it was at one time. Immutable and thread-safe.
///
/// @param time when it was read
/// @param nanos since the source was made, by a clock that nobody sets
/// @param status what was read
public record ServiceReading(Instant time, long nanos, ServiceStatus status) {}
