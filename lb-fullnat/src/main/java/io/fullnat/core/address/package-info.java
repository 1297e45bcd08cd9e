// SPDX-License-Identifier: Apache-2.0
/// Addresses as all code above the data path handles them: 128 bits in two numbers, IPv4 mapped as
/// in `::ffff:192.0.2.1` (RFC 4291 §2.5.5.2). What is found by an address is found here, whatever
/// its family.
package io.fullnat.core.address;
