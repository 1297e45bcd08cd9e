// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;

/// Configures and starts one port: queues, offloads, MTU, MAC, promiscuous mode.
final class PortSetup {
    private static final int ENOTSUP = 95;

    private final Eal eal;
    private final EthdevFunctions ethdev;
    private final DpdkPortConfig config;
    private final int port;
    private final DeviceInfo info;
    private int receiveDescriptors;
    private int transmitDescriptors;

    PortSetup(AttachedDevice device, DpdkPortConfig config) {
        this.config = config;
        eal = device.eal();
        ethdev = eal.ethdev();
        port = device.port();
        info = DeviceInfo.of(eal, port);
    }

    DeviceInfo info() {
        return info;
    }

    /// Of each receive queue, as the device allows.
    int receiveDescriptors() {
        return receiveDescriptors;
    }

    /// Of each transmit queue, as the device allows.
    int transmitDescriptors() {
        return transmitDescriptors;
    }

    /// The address of the driver's `rx_queue_count`; 0 if it has none. The device is started.
    long countFunction() {
        PortOpsLayout layout = eal.abi().portOps();
        long function = Memory.getLong(ethdev.portOps(port) + layout.receiveCount());
        return ExecutableMappings.read().contains(function) ? function : 0;
    }

    /// Whether the device is told to spread flows over the queues.
    boolean spreads(int queues) {
        return queues > 1 && (info.rssFlowTypes() & PortConfLayout.RSS_TCP_UDP) != 0;
    }

    /// Does it all.
    ///
    /// @param all the configuration with the numbers of queues and descriptors
    /// @param pool where received packets go
    /// @param onePool whether every packet sent comes from that pool, too
    /// @throws BalancerException [ErrorCode#DEVICE] naming the setting that the device refuses
    void run(DpdkConfig all, PacketPool pool, boolean onePool) {
        int queues = all.queues(config);
        if (queues > info.maxQueues()) {
            throw refused(
                    queues
                            + " queues are wanted, the device has "
                            + info.maxQueues()
                            + ": ask for fewer (queues)");
        }
        config.mtu().ifPresent(this::checkMtu);
        try (Arena arena = Arena.ofConfined()) {
            require(
                    "rte_eth_dev_configure",
                    ethdev.configure(port, queues, configuration(arena, queues, onePool)));
            setUpQueues(arena, all, queues, pool);
            config.mtu().ifPresent(this::setMtu);
            config.mac().ifPresent(mac -> setMac(arena, mac));
        }
        require("rte_eth_dev_start", ethdev.start(port));
        if (config.promiscuous()) {
            require("promiscuous mode", ethdev.enablePromiscuous(port));
        } else {
            receiveGroups();
        }
        checkFunctions();
    }

    /// Questions of IPv6 for addresses come to groups, of which a device may have room for a few
    /// only. Drivers without such a filter have none to open.
    private void receiveGroups() {
        int error = ethdev.enableAllGroups(port);
        if (error != -ENOTSUP) {
            require("frames for all groups", error);
        }
    }

    private void checkMtu(int mtu) {
        if (mtu < info.minMtu() || mtu > info.maxMtu()) {
            throw refused(
                    "mtu "
                            + mtu
                            + " is not what it can do: "
                            + info.minMtu()
                            + "-"
                            + info.maxMtu());
        }
    }

    private long configuration(Arena arena, int queues, boolean onePool) {
        long conf = NativeFunction.zeroed(arena, PortConfLayout.ROOM);
        config.mtu().ifPresent(mtu -> Memory.putInt(conf + PortConfLayout.MTU, mtu));
        if (spreads(queues)) {
            Memory.putInt(conf + PortConfLayout.RECEIVE_MODE, PortConfLayout.MODE_RSS);
            Memory.putLong(
                    conf + PortConfLayout.RSS_FLOW_TYPES,
                    info.rssFlowTypes() & PortConfLayout.RSS_TCP_UDP);
        }
        Memory.putLong(
                conf + PortConfLayout.RECEIVE_OFFLOADS,
                info.receiveOffloads() & PortConfLayout.OFFLOAD_IP_CHECKSUM);
        if (onePool) {
            // all buffers are unshared and of one pool: the driver may give them back in bulk
            Memory.putLong(
                    conf + PortConfLayout.TRANSMIT_OFFLOADS,
                    info.transmitOffloads() & PortConfLayout.OFFLOAD_FAST_FREE);
        }
        return conf;
    }

    private void setUpQueues(Arena arena, DpdkConfig all, int queues, PacketPool pool) {
        long receive = NativeFunction.zeroed(arena, Short.BYTES);
        long transmit = NativeFunction.zeroed(arena, Short.BYTES);
        Memory.putShort(receive, all.receiveDescriptors());
        Memory.putShort(transmit, all.transmitDescriptors());
        require("descriptors", ethdev.adjustDescriptors(port, receive, transmit));
        int node = ethdev.numaNode(port);
        receiveDescriptors = Memory.getUnsignedShort(receive);
        transmitDescriptors = Memory.getUnsignedShort(transmit);
        for (int queue = 0; queue < queues; queue++) {
            require(
                    "receive queue " + queue + " with " + receiveDescriptors + " descriptors",
                    ethdev.setUpReceiveQueue(
                            port, queue, receiveDescriptors, node, pool.address()));
            require(
                    "transmit queue " + queue + " with " + transmitDescriptors + " descriptors",
                    ethdev.setUpTransmitQueue(port, queue, transmitDescriptors, node));
        }
    }

    /// Drivers without an MTU of their own take what `rte_eth_dev_configure` was told.
    private void setMtu(int mtu) {
        int error = ethdev.setMtu(port, mtu);
        if (error != -ENOTSUP) {
            require("mtu " + mtu, error);
        }
    }

    private void setMac(Arena arena, MacAddress mac) {
        long address = NativeFunction.zeroed(arena, Long.BYTES);
        Memory.putNetworkMac(address, mac.bits());
        require("mac " + mac, ethdev.setMac(port, address));
    }

    /// A wrong layout of `struct rte_eth_fp_ops` would end the process with the first packet.
    private void checkFunctions() {
        PortOpsLayout layout = eal.abi().portOps();
        long ops = ethdev.portOps(port);
        ExecutableMappings code = ExecutableMappings.read();
        if (!code.contains(Memory.getLong(ops + layout.receive()))
                || !code.contains(Memory.getLong(ops + layout.transmit()))
                || Memory.getLong(ops + layout.receiveQueues()) == 0
                || Memory.getLong(ops + layout.transmitQueues()) == 0) {
            throw new BalancerException(
                    ErrorCode.MISSING_LIBRARY,
                    "rte_eth_fp_ops of the installed DPDK is not laid out as in "
                            + Abi.supported()
                            + "; use a build with DPDK's default options");
        }
    }

    private void require(String what, int result) {
        if (result < 0) {
            throw refused(
                    "the device refuses " + what + " (" + eal.functions().describe(-result) + ")");
        }
    }

    private BalancerException refused(String reason) {
        return new BalancerException(
                ErrorCode.DEVICE,
                "port " + config.name() + " (" + config.device() + "): " + reason);
    }
}
