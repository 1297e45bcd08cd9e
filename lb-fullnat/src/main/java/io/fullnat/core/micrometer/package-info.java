// SPDX-License-Identifier: Apache-2.0
/// A balancer's metrics for applications that use Micrometer, which is no dependency of others: an
/// application that uses this package has `io.micrometer:micrometer-core` among its own.
package io.fullnat.core.micrometer;
