// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.address.Addresses;
import io.fullnat.core.stack.NetworkView.Own;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The link-local address of each device that has addresses or routes of IPv6: a configured one, or
/// the one that its MAC address gives ([#fromMac], RFC 4291 appendix A). VLANs of a port share its
/// MAC address, so they have the same one, each on its own link.
///
/// It is made from the MAC address and not from a secret (RFC 7217): a balancer's ports do not move
/// between networks, so it can be followed nowhere, and everybody can tell it from the port.
///
/// Not changed after construction.
final class LinkLocals {
    private static final long PREFIX = 0xFE80_0000_0000_0000L;

    /// `fe80::/64` (RFC 4291 §2.5.6).
    private static final int LENGTH = 64;

    private static final long UNIVERSAL = 0x0200_0000_0000_0000L;
    private static final long MIDDLE = 0xFF_FE00_0000L;

    private final @Nullable Own[] byDevice;
    private final Own[][] everyOf;
    private final List<Own> generated = new ArrayList<>();
    private final List<Own> all = new ArrayList<>();

    LinkLocals(List<Device> devices, List<Own> owned, RouteTable routes) {
        byDevice = new Own[devices.size()];
        boolean[] used = new boolean[devices.size()];
        for (int device : routes.ipv6Devices()) {
            used[device] = true;
        }
        for (Own own : owned) {
            if (own.isIpv4()) {
                continue;
            }
            used[own.device()] = true;
            if (Addresses.isLinkLocal(own.high()) && byDevice[own.device()] == null) {
                byDevice[own.device()] = own;
            }
        }
        for (Device device : devices) {
            int index = device.index();
            if (used[index] && byDevice[index] == null) {
                Own own = new Own(PREFIX, fromMac(device.mac()), LENGTH, index, false);
                byDevice[index] = own;
                generated.add(own);
            }
        }
        everyOf = new Own[devices.size()][];
        for (Device device : devices) {
            int index = device.index();
            everyOf[index] =
                    Stream.concat(
                                    generated.stream(),
                                    owned.stream().filter(LinkLocals::isLinkLocal))
                            .filter(own -> own.device() == index)
                            .toArray(Own[]::new);
        }
        all.addAll(generated);
        owned.stream().filter(own -> !own.isIpv4() && isLinkLocal(own)).forEach(all::add);
        owned.stream().filter(own -> !own.isIpv4() && !isLinkLocal(own)).forEach(all::add);
    }

    private static boolean isLinkLocal(Own own) {
        return Addresses.isLinkLocal(own.high());
    }

    /// The last half of the address that a MAC address gives: the modified EUI-64.
    static long fromMac(long mac) {
        return (((mac & 0xFFFF_FF00_0000L) << 16) | MIDDLE | (mac & 0xFF_FFFF)) ^ UNIVERSAL;
    }

    /// The link-local address by which a device speaks, the first if it has several; null if IPv6
    /// is not used there.
    @Nullable Own of(int device) {
        return byDevice[device];
    }

    boolean isOf(int device, long high, long low) {
        for (Own own : everyOf[device]) {
            if (own.low() == low && own.high() == high) {
                return true;
            }
        }
        return false;
    }

    /// Those that nobody has configured.
    List<Own> generated() {
        return generated;
    }

    /// All own addresses of IPv6, link-local ones first.
    List<Own> all() {
        return all;
    }
}
