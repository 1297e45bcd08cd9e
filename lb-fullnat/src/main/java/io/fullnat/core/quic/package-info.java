// SPDX-License-Identifier: Apache-2.0
/// Connection ids of QUIC: where they stand in a packet, and which real server they name.
package io.fullnat.core.quic;
