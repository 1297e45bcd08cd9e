// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

/// The link-level parts of one worker that forwarding needs.
///
/// @param adjacencies next hops
/// @param arp what is said and heard of neighbours
/// @param answers what is said about packets that cannot be forwarded
/// @param discovery what is said and heard of neighbours over IPv6
/// @param ipv6Answers what is said about packets of IPv6 that cannot be forwarded
public record Neighbourhood(
        AdjacencyTable adjacencies,
        ArpStack arp,
        IcmpAnswers answers,
        NdStack discovery,
        Icmpv6Answers ipv6Answers) {}
