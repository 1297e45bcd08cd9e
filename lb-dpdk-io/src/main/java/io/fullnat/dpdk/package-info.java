// SPDX-License-Identifier: Apache-2.0
/// DPDK ports, and interfaces of the kernel by packet sockets, as [io.fullnat.api.io.PacketIo]:
/// [io.fullnat.dpdk.DpdkConfig] says which, [io.fullnat.dpdk.DpdkIo] opens them. Where DPDK cannot
/// be used, [io.fullnat.dpdk.DpdkIo#unavailability()] says why.
package io.fullnat.dpdk;
