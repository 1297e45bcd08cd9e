// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import io.fullnat.api.io.FlowRules;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PortCapabilities;
import io.fullnat.api.io.PortDescription;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.io.PuntPort;
import io.fullnat.api.io.ReceiveSideScaling;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// A started DPDK port. Its lock keeps the device from going away while it is asked for something.
final class DpdkPort implements OpenPort {
    /// `struct rte_eth_link`: speed in 32 bits, then duplex and status among the bits that follow.
    private static final int LINK_BITS = 4;

    private static final int FULL_DUPLEX = 1;
    private static final int AUTO_NEGOTIATED = 1 << 1;
    private static final int UP = 1 << 2;

    private final AttachedDevice device;
    private final PacketPool pool;
    private final DeviceInfo info;
    private final String name;
    private final MacAddress mac;
    private final int mtu;
    private final PortCapabilities capabilities;
    private final Optional<ReceiveSideScaling> scaling;
    private final Optional<DpdkFlowRules> flowRules;
    private final List<DpdkPortQueue> queues;
    private final Optional<KernelInterface> kernel;
    private final int kernelIndex;
    private final int receiveDescriptors;
    private final int transmitDescriptors;
    private @Nullable TapInterface punts;
    private boolean open = true;

    /// Asks the started device for what does not change.
    ///
    /// @param device given to DPDK
    /// @param config its settings
    /// @param setup has run
    /// @param queueCount queue pairs
    /// @param pool where received packets go
    /// @param arena lives as long as the queues are used
    DpdkPort(
            AttachedDevice device,
            DpdkPortConfig config,
            PortSetup setup,
            int queueCount,
            PacketPool pool,
            Arena arena) {
        this.device = device;
        this.pool = pool;
        name = config.name();
        EthdevFunctions ethdev = device.eal().ethdev();
        mac = new MacAddress(ask(Long.BYTES, at -> read(ethdev.mac(device.port(), at), at)));
        mtu = (int) ask(Short.BYTES, at -> readMtu(ethdev.mtu(device.port(), at), at));
        info = setup.info();
        capabilities =
                new PortCapabilities(
                        info.maxQueues(),
                        info.receiveChecksum(),
                        false,
                        false,
                        false,
                        setup.spreads(queueCount) || fansOut(config, queueCount),
                        info.maxMtu());
        scaling =
                setup.spreads(queueCount)
                        ? new ScalingQuery(ethdev, device.port(), info).ask()
                        : Optional.empty();
        flowRules = DpdkFlowRules.of(ethdev.flows(), device.port(), name, queueCount);
        receiveDescriptors = setup.receiveDescriptors();
        transmitDescriptors = setup.transmitDescriptors();
        long count = setup.countFunction();
        List<DpdkPortQueue> list = new ArrayList<>();
        for (int i = 0; i < queueCount; i++) {
            list.add(
                    new DpdkPortQueue(
                            device.eal().abi().portOps(),
                            ethdev.portOps(device.port()),
                            i,
                            device.eal().pools().freeBulk(),
                            count,
                            info.receiveChecksum(),
                            arena));
        }
        queues = List.copyOf(list);
        kernel = kernelInterface(config).map(KernelInterface::new);
        kernelIndex = kernel.map(KernelInterface::index).orElse(0);
    }

    /// Drivers on an interface of the kernel say that its link is up whatever it is.
    private static Optional<String> kernelInterface(DpdkPortConfig config) {
        return config.device()
                .kind()
                .filter(kind -> kind.usesInterface() || kind == DeviceKind.TAP)
                .flatMap(kind -> config.device().argument("iface"));
    }

    /// The kernel spreads flows over the packet sockets of an af_packet port, by their hash unless
    /// the user chose another mode.
    private static boolean fansOut(DpdkPortConfig config, int queueCount) {
        return queueCount > 1
                && config.device().kind().filter(kind -> kind == DeviceKind.AF_PACKET).isPresent()
                && config.device().argument("fanout_mode").orElse("hash").equals("hash");
    }

    private static long ask(int bytes, LongFunction<Long> question) {
        try (Arena arena = Arena.ofConfined()) {
            return question.apply(NativeFunction.zeroed(arena, bytes));
        }
    }

    private static long read(int error, long address) {
        return error == 0 ? Memory.getNetworkMac(address) : 0;
    }

    private static long readMtu(int error, long address) {
        return error == 0 ? Memory.getUnsignedShort(address) : 0;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MacAddress mac() {
        return mac;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public int queueCount() {
        return queues.size();
    }

    @Override
    public DpdkPortQueue queue(int index) {
        return queues.get(index);
    }

    @Override
    public Optional<ReceiveSideScaling> receiveSideScaling() {
        return scaling;
    }

    @Override
    public Optional<FlowRules> flowRules() {
        return flowRules.map(Function.identity());
    }

    @Override
    public void beside(TapInterface tap) {
        punts = tap;
    }

    @Override
    public Optional<PuntPort> puntPort() {
        return Optional.ofNullable(punts);
    }

    @Override
    public PortCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public synchronized LinkState link() {
        requireOpen();
        if (kernel.isPresent()) {
            LinkState now = kernel.get().link();
            if (now.up() && kernel.get().index() != kernelIndex) {
                return LinkState.down(
                        "interface "
                                + kernel.get().name()
                                + " is another one than the port was opened on: restart the"
                                + " balancer");
            }
            if (!now.up()) {
                return now;
            }
        }
        try (Arena arena = Arena.ofConfined()) {
            long link = NativeFunction.zeroed(arena, Long.BYTES);
            if (device.eal().ethdev().link(device.port(), link) != 0) {
                return new LinkState(false, 0, false);
            }
            int speed = Memory.getInt(link);
            int bits = Memory.getUnsignedShort(link + LINK_BITS);
            // RTE_ETH_SPEED_NUM_UNKNOWN is -1
            return new LinkState((bits & UP) != 0, Math.max(speed, 0), (bits & FULL_DUPLEX) != 0);
        }
    }

    @Override
    public synchronized PortDescription description() {
        requireOpen();
        Map<String, Long> numbers = new HashMap<>(info.numbers());
        numbers.put("rx_ol_capa", info.receiveOffloads());
        numbers.put("tx_ol_capa", info.transmitOffloads());
        numbers.put("reta_size", (long) info.redirectionEntries());
        numbers.put("hash_key_size", (long) info.keyLength());
        numbers.put("flowtype_rss_ol", info.rssFlowTypes());
        numbers.put("rx-descriptors", (long) receiveDescriptors);
        numbers.put("tx-descriptors", (long) transmitDescriptors);
        PoolNumbers.put(pool, numbers);
        return new PortDescription(
                Math.max(0, device.eal().ethdev().numaNode(device.port())),
                isAutoNegotiated(),
                (info.transmitOffloads() & PortConfLayout.OFFLOAD_FAST_FREE) != 0,
                device.name(),
                info.driver(),
                numbers);
    }

    private boolean isAutoNegotiated() {
        try (Arena arena = Arena.ofConfined()) {
            long link = NativeFunction.zeroed(arena, Long.BYTES);
            return device.eal().ethdev().link(device.port(), link) == 0
                    && (Memory.getUnsignedShort(link + LINK_BITS) & AUTO_NEGOTIATED) != 0;
        }
    }

    @Override
    public synchronized PortStatistics statistics() {
        requireOpen();
        long dropped = queues.stream().mapToLong(DpdkPortQueue::dropped).sum();
        try (Arena arena = Arena.ofConfined()) {
            long stats = NativeFunction.zeroed(arena, StatsLayout.ROOM);
            int error = device.eal().ethdev().statistics(device.port(), stats);
            if (error != 0) {
                throw new BalancerException(
                        ErrorCode.DEVICE,
                        "port "
                                + name
                                + " has no statistics ("
                                + device.eal().functions().describe(-error)
                                + ")");
            }
            return new PortStatistics(
                    Memory.getLong(stats + StatsLayout.RECEIVED_PACKETS) - dropped,
                    Memory.getLong(stats + StatsLayout.RECEIVED_BYTES),
                    Memory.getLong(stats + StatsLayout.SENT_PACKETS),
                    Memory.getLong(stats + StatsLayout.SENT_BYTES),
                    Memory.getLong(stats + StatsLayout.MISSED),
                    Memory.getLong(stats + StatsLayout.RECEIVE_ERRORS) + dropped,
                    Memory.getLong(stats + StatsLayout.SEND_ERRORS),
                    Memory.getLong(stats + StatsLayout.NO_BUFFER));
        }
    }

    private void requireOpen() {
        if (!open) {
            throw new BalancerException(ErrorCode.CLOSED, "port " + name + " is closed");
        }
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            queues.forEach(DpdkPortQueue::shut);
            flowRules.ifPresent(DpdkFlowRules::shut);
            device.detach();
            kernel.ifPresent(KernelInterface::close);
        }
    }
}
