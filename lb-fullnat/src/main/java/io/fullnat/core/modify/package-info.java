// SPDX-License-Identifier: Apache-2.0
/// Modifiers of packets: what tells real servers who their clients are. Each is a
/// [io.fullnat.core.open.PacketModifier]; a connection that has none pays nothing.
package io.fullnat.core.modify;
