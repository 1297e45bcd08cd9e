// SPDX-License-Identifier: Apache-2.0
/// Captures that run through a configuration in memory, at the capture's times.
package io.fullnat.balancer.replay;
