// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/// One port to open. Immutable and thread-safe; the `with` methods return changed copies.
///
/// @param name what configuration and messages call the port, for example `dpdk0`
/// @param device which device it is
/// @param queues queue pairs, or empty for one for each worker
/// @param mtu the largest IP packet in bytes, or empty for the device's own (1,500)
/// @param promiscuous whether to receive frames for other stations, too
/// @param mac the address to give the device, or empty to leave its own
/// @param kernel the name of the kernel's interface beside it, which is made for it (a TAP), or
///   empty for none
public record DpdkPortConfig(
        String name,
        DeviceSpec device,
        OptionalInt queues,
        OptionalInt mtu,
        boolean promiscuous,
        Optional<MacAddress> mac,
        Optional<String> kernel) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,32}");
    private static final Pattern INTERFACE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,14}");
    private static final int MAX_QUEUES = 1024;
    private static final int MIN_MTU = 68;
    private static final int MAX_MTU = 9600;

    /// Checks the values.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the wrong one
    public DpdkPortConfig {
        if (!NAME.matcher(name).matches()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "\"" + name + "\" is not a port name: 1-32 letters, digits, '.', '_' or '-'");
        }
        queues.ifPresent(value -> check(name, "queues", value, 1, MAX_QUEUES));
        mtu.ifPresent(value -> check(name, "mtu", value, MIN_MTU, MAX_MTU));
        if (mac.isPresent() && (mac.get().isGroup() || mac.get().bits() == 0)) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "port " + name + ": " + mac.get() + " is not a station's MAC address");
        }
        if (kernel.isPresent() && !INTERFACE.matcher(kernel.get()).matches()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "port "
                            + name
                            + ": \""
                            + kernel.get()
                            + "\" is no name of an interface: a letter or digit, then up to 14 letters,"
                            + " digits, '.', '_' or '-'");
        }
    }

    private static void check(String name, String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "port " + name + ": " + what + " " + value + " is not " + min + "-" + max);
        }
    }

    /// A port with all settings left to the device.
    ///
    /// @param name what configuration and messages call it
    /// @param device in the grammar of [DeviceSpec]
    /// @return the port
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if one of them is malformed
    public static DpdkPortConfig of(String name, String device) {
        return new DpdkPortConfig(
                name,
                DeviceSpec.parse(device),
                OptionalInt.empty(),
                OptionalInt.empty(),
                false,
                Optional.empty(),
                Optional.empty());
    }

    /// Sets the number of queue pairs.
    ///
    /// @param count 1 to 1024
    /// @return the changed copy
    public DpdkPortConfig withQueues(int count) {
        return new DpdkPortConfig(
                name, device, OptionalInt.of(count), mtu, promiscuous, mac, kernel);
    }

    /// Sets the MTU.
    ///
    /// @param bytes 68 to 9600
    /// @return the changed copy
    public DpdkPortConfig withMtu(int bytes) {
        return new DpdkPortConfig(
                name, device, queues, OptionalInt.of(bytes), promiscuous, mac, kernel);
    }

    /// Sets whether frames for other stations are received.
    ///
    /// @param enabled true to receive them
    /// @return the changed copy
    public DpdkPortConfig withPromiscuous(boolean enabled) {
        return new DpdkPortConfig(name, device, queues, mtu, enabled, mac, kernel);
    }

    /// Sets the MAC address that the device gets.
    ///
    /// @param address not a group address
    /// @return the changed copy
    public DpdkPortConfig withMac(MacAddress address) {
        return new DpdkPortConfig(
                name, device, queues, mtu, promiscuous, Optional.of(address), kernel);
    }

    /// Puts an interface of the kernel beside it: what the balancer does not handle goes there, and
    /// what the kernel sends by it leaves by the port. It is made when the port is opened, and is
    /// gone when it is closed.
    ///
    /// @param interfaceName its name, up to 15 characters, not that of another interface
    /// @return the changed copy
    public DpdkPortConfig withKernel(String interfaceName) {
        return new DpdkPortConfig(
                name, device, queues, mtu, promiscuous, mac, Optional.of(interfaceName));
    }
}
