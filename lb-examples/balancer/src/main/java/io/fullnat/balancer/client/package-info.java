// SPDX-License-Identifier: Apache-2.0
/// Commands to a running balancer, over its Unix socket.
package io.fullnat.balancer.client;
