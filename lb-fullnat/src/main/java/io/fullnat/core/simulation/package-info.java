// SPDX-License-Identifier: Apache-2.0
/// Hosts at the other ends of in-memory ports: IPv4 with ARP, IPv6 with neighbour discovery, ICMP, UDP, and a TCP with retransmission and
/// reassembly, enough to be client and server of a balancer in a test. A host belongs to the thread
/// that calls its duty cycle.
package io.fullnat.core.simulation;
