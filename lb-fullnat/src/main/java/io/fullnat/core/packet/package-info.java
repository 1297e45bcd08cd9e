// SPDX-License-Identifier: Apache-2.0
/// Headers of Ethernet, VLAN, ARP, IPv4, IPv6, ICMP, ICMPv6, TCP and UDP, read and written in place
/// by their address; the Internet checksum; and a builder of packets for tests. Nothing is checked
/// here but where a method says so: who reads a header has made sure that it lies within its packet.
package io.fullnat.core.packet;
