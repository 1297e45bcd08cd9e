// SPDX-License-Identifier: Apache-2.0
/// The HTTP server under the API: its sockets, and what guards them.
package io.fullnat.balancer.server;
