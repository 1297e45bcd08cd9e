// SPDX-License-Identifier: Apache-2.0
/// Probes of servers by ordinary sockets of the Java runtime, over the kernel's network stack.
package io.fullnat.core.probe;
