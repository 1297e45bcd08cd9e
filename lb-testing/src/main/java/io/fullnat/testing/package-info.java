// SPDX-License-Identifier: Apache-2.0
/// The contract of packet I/O as tests that an implementation inherits
/// ([io.fullnat.testing.PacketIoContract]), and the seed of tests that draw random numbers
/// ([io.fullnat.testing.Seed]). Nothing of it belongs in production.
package io.fullnat.testing;
