// SPDX-License-Identifier: Apache-2.0
/// Captures: reading of pcap and pcapng, writing of pcapng, frames in a line of text.
package io.fullnat.balancer.pcap;
