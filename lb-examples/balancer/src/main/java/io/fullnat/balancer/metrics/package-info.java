// SPDX-License-Identifier: Apache-2.0
/// What a running balancer tells of itself to Prometheus: docs/metrics.md.
package io.fullnat.balancer.metrics;
