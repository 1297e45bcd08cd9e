// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Vlan;

/// How one end of a [Wire] is made. Immutable: the methods that change something return a copy.
///
/// ```java
/// PortSettings.of("eth0", "02:00:00:00:00:01").withQueues(2).withMtu(1400)
/// ```
///
/// @param name of the port, not blank
/// @param mac its address, not a group's
/// @param mtu the largest IP packet, bytes, 68 to 65535 (RFC 791 §3.2)
/// @param queues how many queue pairs, 1 to 256
/// @param queueDepth packets that each receive queue holds, a power of two, 2 to 65536
/// @param chooser spreads received frames over the queues; not asked if there is only one
/// @param flowRules how many rules the port takes, 0 for one that takes none
/// @param kernel the name of the kernel's interface beside it, empty without one
public record PortSettings(
        String name,
        MacAddress mac,
        int mtu,
        int queues,
        int queueDepth,
        QueueChooser chooser,
        int flowRules,
        String kernel) {
    private static final int MIN_MTU = 68;
    private static final int MAX_QUEUES = 256;
    private static final int MAX_DEPTH = 65536;
    private static final int DEFAULT_MTU = 1500;
    private static final int DEFAULT_DEPTH = 512;

    /// Checks all values.
    ///
    /// @throws IllegalArgumentException naming the one that is out of range
    public PortSettings {
        require(!name.isBlank(), "a port needs a name, not \"" + name + "\"");
        require(!mac.isGroup() && mac.bits() != 0, mac + " cannot be the address of one port");
        require(mtu >= MIN_MTU && mtu <= 65535, "MTU " + mtu + " is not 68-65535");
        require(queues >= 1 && queues <= MAX_QUEUES, queues + " queues are not 1-256");
        require(
                queueDepth >= 2 && queueDepth <= MAX_DEPTH && Integer.bitCount(queueDepth) == 1,
                "queue depth " + queueDepth + " is not a power of two, 2-65536");
        require(flowRules >= 0, flowRules + " flow rules are fewer than none");
        if (chooser instanceof RssSelector(ReceiveSideScaling scaling)) {
            int highest = scaling.highestQueue();
            require(
                    highest < queues,
                    "the redirection table has queue " + highest + " of " + queues + " queues");
        }
    }

    /// A port with one queue pair of depth 512, an MTU of 1500 and [FlowHash].
    ///
    /// @param name of the port
    /// @param mac its address, as in `02:00:00:00:00:01`
    /// @return settings
    public static PortSettings of(String name, String mac) {
        return new PortSettings(
                name, MacAddress.parse(mac), DEFAULT_MTU, 1, DEFAULT_DEPTH, new FlowHash(), 0, "");
    }

    /// The same with another MTU.
    ///
    /// @param bytes 68 to 65535
    /// @return a copy
    public PortSettings withMtu(int bytes) {
        return new PortSettings(name, mac, bytes, queues, queueDepth, chooser, flowRules, kernel);
    }

    /// The same with another number of queue pairs.
    ///
    /// @param count 1 to 256
    /// @return a copy
    public PortSettings withQueues(int count) {
        return new PortSettings(name, mac, mtu, count, queueDepth, chooser, flowRules, kernel);
    }

    /// The same with another queue depth.
    ///
    /// @param packets a power of two, 2 to 65536
    /// @return a copy
    public PortSettings withQueueDepth(int packets) {
        return new PortSettings(name, mac, mtu, queues, packets, chooser, flowRules, kernel);
    }

    /// The same with another way to spread received frames.
    ///
    /// @param other chooses a queue for each frame
    /// @return a copy
    public PortSettings withChooser(QueueChooser other) {
        return new PortSettings(name, mac, mtu, queues, queueDepth, other, flowRules, kernel);
    }

    /// The same with room for rules, which come before the chooser.
    ///
    /// @param most how many rules the port takes, 0 or more
    /// @return a copy
    public PortSettings withFlowRules(int most) {
        return new PortSettings(name, mac, mtu, queues, queueDepth, chooser, most, kernel);
    }

    /// The same with an interface of the kernel beside it ([InMemoryPort#puntPort()]).
    ///
    /// @param interfaceName its name, empty for none
    /// @return a copy
    public PortSettings withKernel(String interfaceName) {
        return new PortSettings(
                name, mac, mtu, queues, queueDepth, chooser, flowRules, interfaceName);
    }

    /// Bytes of the largest frame, with a VLAN tag.
    int maxFrameLength() {
        return mtu + Ethernet.HEADER_LENGTH + Vlan.TAG_LENGTH;
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
