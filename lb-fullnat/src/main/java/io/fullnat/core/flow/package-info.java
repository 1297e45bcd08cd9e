// SPDX-License-Identifier: Apache-2.0
/// Flows and local ports for applications that want these alone, without a balancer: the tables
/// that the engine uses, by tuples instead of by words of packets.
package io.fullnat.core.flow;
