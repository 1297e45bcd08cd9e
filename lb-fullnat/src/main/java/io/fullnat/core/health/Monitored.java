// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.service.VirtualService;

/// A service whose servers are watched, with the slots by which workers know them.
///
/// @param service the desired state
/// @param slot of the service
/// @param serverSlots of its real servers, in its order
/// @param sorrySlot of its sorry server; -1 if it has none
public record Monitored(VirtualService service, int slot, int[] serverSlots, int sorrySlot) {}
