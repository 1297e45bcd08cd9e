// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PortCapabilities;
import io.fullnat.api.io.PortDescription;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.io.PuntPort;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A network interface of the kernel as a port, through packet sockets of our own. It takes the
/// place of DPDK's driver net_af_packet, which does not say whose checksum is still to be made,
/// cuts off what is larger than a frame, has the kernel put fragments together, and is bound for
/// ever to an interface that may go away.
///
/// [#refresh()] is called by a [LinkKeeper] when something may have changed: it follows the link,
/// and makes new sockets when there is another interface of the same name.
final class PacketSocketPort implements OpenPort {
    private static final Logger LOG = LoggerFactory.getLogger(PacketSocketPort.class);

    private static final int MAX_QUEUES = 256;
    private static final int MAX_MTU = 9600;
    private static final int EPERM = 1;
    private static final int ENOMEM = 12;
    private static final int ENOBUFS = 105;

    private static final Map<String, Integer> FANOUT_MODES =
            Map.of("hash", 0, "lb", 1, "cpu", 2, "rollover", 3, "rnd", 4, "qm", 5);

    private static final Set<String> KEYS =
            Set.of(
                    "iface",
                    "qpairs",
                    "blocksz",
                    "framesz",
                    "framecnt",
                    "qdisc_bypass",
                    "fanout_mode");

    private final DpdkPortConfig config;
    private final KernelInterface kernel;
    private final PacketPool pool;
    private final PacketSocket.Options options;
    private final List<PacketSocketQueue> queues;
    private final int mtu;
    private final MacAddress mac;
    private final List<PacketSocket> sockets = new ArrayList<>();
    private final Loan loan;
    private @Nullable TapInterface punts;
    private int boundTo;
    private int seenMtu;
    private long missedBefore;
    private boolean told;
    private boolean open = true;
    private volatile LinkState link = LinkState.down("not looked at yet");

    private PacketSocketPort(
            DpdkPortConfig config,
            KernelInterface kernel,
            List<PacketSocketQueue> queues,
            PacketPool pool) {
        this.config = config;
        this.pool = pool;
        this.kernel = kernel;
        this.queues = List.copyOf(queues);
        loan = new Loan(kernel);
        mtu = mtu(config, kernel.mtu());
        options =
                new PacketSocket.Options(
                        RingShape.of(config, mtu),
                        config.promiscuous(),
                        config.device().argument("qdisc_bypass").orElse("0").equals("1"),
                        fanoutMode(config));
        boundTo = kernel.index();
        try {
            borrow();
            mac = new MacAddress(kernel.mac());
            openSockets();
        } catch (PacketSocket.Refused refusal) {
            loan.giveBack();
            throw refused(refusal);
        } catch (BalancerException e) {
            loan.giveBack();
            throw e;
        }
        seenMtu = kernel.mtu();
        refresh();
    }

    /// Opens a port, in the network namespace of the calling thread.
    ///
    /// @param config of kind af_packet
    /// @param queueCount queues
    /// @param buffers makes the buffers for a queue
    /// @param pool of those buffers
    /// @param arena lives as long as the queues are used
    /// @throws BalancerException [ErrorCode#DEVICE], [ErrorCode#PERMISSION], [ErrorCode#MEMORY],
    ///   [ErrorCode#INVALID_ARGUMENT]
    static PacketSocketPort open(
            DpdkPortConfig config,
            int queueCount,
            Function<Arena, DpdkBufferPool> buffers,
            PacketPool pool,
            Arena arena) {
        checkArguments(config, queueCount);
        KernelInterface kernel =
                new KernelInterface(config.device().argument("iface").orElseThrow());
        try {
            if (!kernel.isEthernet()) {
                throw failure(
                        config,
                        ErrorCode.DEVICE,
                        "interface " + kernel.name() + " has no Ethernet header on its packets");
            }
            List<PacketSocketQueue> queues = new ArrayList<>();
            for (int i = 0; i < queueCount; i++) {
                queues.add(new PacketSocketQueue(buffers.apply(arena), arena));
            }
            return new PacketSocketPort(config, kernel, queues, pool);
        } catch (RuntimeException e) {
            kernel.close();
            throw e;
        }
    }

    private static void checkArguments(DpdkPortConfig config, int queueCount) {
        for (String pair : config.device().arguments()) {
            if (!KEYS.contains(pair.substring(0, pair.indexOf('=')))) {
                throw failure(
                        config,
                        ErrorCode.INVALID_ARGUMENT,
                        pair + " is not one of its arguments: " + new TreeSet<>(KEYS));
            }
        }
        if (config.device().argument("iface").isEmpty()) {
            throw failure(config, ErrorCode.INVALID_ARGUMENT, "iface= is missing");
        }
        String pairs = config.device().argument("qpairs").orElse(String.valueOf(MAX_QUEUES));
        int most = pairs.matches("[1-9][0-9]{0,2}") ? Integer.parseInt(pairs) : 0;
        if (queueCount > Math.min(most, MAX_QUEUES)) {
            throw failure(
                    config,
                    ErrorCode.DEVICE,
                    queueCount
                            + " queues are wanted, the device has "
                            + Math.min(most, MAX_QUEUES)
                            + ": ask for fewer (queues)");
        }
    }

    private static int fanoutMode(DpdkPortConfig config) {
        String mode = config.device().argument("fanout_mode").orElse("hash");
        Integer number = FANOUT_MODES.get(mode);
        if (number == null) {
            throw failure(
                    config,
                    ErrorCode.INVALID_ARGUMENT,
                    "fanout_mode="
                            + mode
                            + " is not one of "
                            + new TreeSet<>(FANOUT_MODES.keySet()));
        }
        return number;
    }

    /// The MTU of a port: what the user says, else the interface's.
    ///
    /// @param ofInterface 0 if it is gone
    static int mtu(DpdkPortConfig config, int ofInterface) {
        return config.mtu().orElse(Math.clamp(ofInterface, 68, MAX_MTU));
    }

    /// Gives the interface the MTU and MAC address that the port needs, until it is closed. An MTU
    /// that is larger than the port's is left alone: the port sends nothing that large.
    private void borrow() {
        if (kernel.mtu() < mtu) {
            long result = loan.mtu(mtu);
            if (result < 0) {
                throw failure(
                        config,
                        ErrorCode.DEVICE,
                        "interface "
                                + kernel.name()
                                + " refuses mtu "
                                + mtu
                                + " ("
                                + SystemCall.describe(-result)
                                + ")");
            }
            LOG.info("port {}: interface {} has mtu {} now", name(), kernel.name(), mtu);
        }
        config.mac().ifPresent(wanted -> borrowMac(wanted.bits()));
    }

    private void borrowMac(long bits) {
        long result = kernel.mac() == bits ? 0 : loan.mac(bits);
        if (result < 0) {
            throw failure(
                    config,
                    ErrorCode.DEVICE,
                    "interface "
                            + kernel.name()
                            + " refuses mac "
                            + new MacAddress(bits)
                            + " ("
                            + SystemCall.describe(-result)
                            + ")");
        }
    }

    /// Opens sockets for all queues and gives them to these.
    private void openSockets() throws PacketSocket.Refused {
        List<PacketSocket> fresh = new ArrayList<>();
        try {
            for (int i = 0; i < queues.size(); i++) {
                fresh.add(PacketSocket.open(options, boundTo));
            }
            if (fresh.size() > 1) {
                int group = fresh.getFirst().startGroup(options.fanoutMode());
                for (PacketSocket socket : fresh.subList(1, fresh.size())) {
                    socket.joinGroup(group, options.fanoutMode());
                }
            }
        } catch (PacketSocket.Refused refusal) {
            fresh.forEach(PacketSocket::close);
            if (kernel.link().up()) {
                throw refusal;
            }
            return; // some kernels want the interface to be up; then they are opened
        }
        for (int i = 0; i < queues.size(); i++) {
            queues.get(i).next(fresh.get(i));
        }
        sockets.addAll(fresh);
    }

    /// Follows what has become of the interface.
    synchronized void refresh() {
        if (!open) {
            return;
        }
        closeUnused();
        LinkState now = kernel.link();
        int index = kernel.index();
        if (index != 0 && (sockets.isEmpty() || sockets.getLast().boundTo() != index)) {
            now = reopen(index);
        }
        link = now;
        boolean up = now.up();
        queues.forEach(queue -> queue.linkUp(up));
        tell();
    }

    /// Another interface has the name.
    private LinkState reopen(int index) {
        try {
            boundTo = index;
            borrow();
            borrowMac(mac.bits());
            openSockets();
            seenMtu = kernel.mtu();
            LOG.info("port {}: works with the new interface {}", name(), kernel.name());
            return kernel.link();
        } catch (BalancerException | PacketSocket.Refused e) {
            return LinkState.down(String.valueOf(e.getMessage()));
        }
    }

    private void closeUnused() {
        for (PacketSocket socket : List.copyOf(sockets)) {
            if (queues.stream().noneMatch(queue -> queue.uses(socket))) {
                sockets.remove(socket);
                socket.close();
                missedBefore += socket.missed();
            }
        }
    }

    /// What an operator had better know.
    private void tell() {
        int now = kernel.mtu();
        if (now != 0 && now != seenMtu) {
            seenMtu = now;
            if (now < mtu) {
                LOG.warn(
                        "port {}: interface {} has mtu {} now, the port {}: packets that are too"
                                + " long for it are counted as TRANSMIT_REFUSED; give the interface"
                                + " its mtu back, or restart",
                        name(),
                        kernel.name(),
                        now,
                        mtu);
            }
        }
        if (!told && details().values().stream().anyMatch(count -> count > 0)) {
            told = true;
            LOG.info(
                    "port {}: hosts behind interface {} leave checksums or large segments to their"
                            + " NICs; both is made good here, but costs time"
                            + " (ethtool -K INTERFACE tx off tso off gso off, there)",
                    name(),
                    kernel.name());
        }
    }

    private BalancerException refused(PacketSocket.Refused refusal) {
        ErrorCode code =
                switch (refusal.errno()) {
                    case EPERM -> ErrorCode.PERMISSION;
                    case ENOMEM, ENOBUFS -> ErrorCode.MEMORY;
                    default -> ErrorCode.DEVICE;
                };
        return failure(config, code, String.valueOf(refusal.getMessage()));
    }

    private static BalancerException failure(DpdkPortConfig config, ErrorCode code, String reason) {
        return new BalancerException(
                code, "port " + config.name() + " (" + config.device() + "): " + reason);
    }

    @Override
    public String name() {
        return config.name();
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
    public PacketSocketQueue queue(int index) {
        return queues.get(index);
    }

    @Override
    public void attach(int worker, int lcore) {
        if (worker < queues.size()) {
            queues.get(worker).pool().attach(lcore);
        }
    }

    @Override
    public void detach(int worker) {
        if (worker < queues.size()) {
            queues.get(worker).pool().detach();
        }
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
        boolean spreads = queues.size() > 1 && options.fanoutMode() == 0;
        return new PortCapabilities(MAX_QUEUES, false, false, false, false, spreads, MAX_MTU);
    }

    @Override
    public LinkState link() {
        requireOpen();
        LinkState now = kernel.link();
        return now.up() ? link : now;
    }

    @Override
    public synchronized PortDescription description() {
        requireOpen();
        Map<String, Long> numbers = new HashMap<>();
        numbers.put("if_index", (long) kernel.index());
        numbers.put("max_rx_pktlen", (long) MAX_MTU);
        numbers.put("max_rx_queues", (long) MAX_QUEUES);
        numbers.put("max_tx_queues", (long) MAX_QUEUES);
        PoolNumbers.put(pool, numbers);
        return new PortDescription(0, false, false, kernel.name(), "packet_socket", numbers);
    }

    @Override
    public synchronized PortStatistics statistics() {
        requireOpen();
        long missed = missedBefore;
        for (PacketSocket socket : sockets) {
            missed += socket.missed();
        }
        return new PortStatistics(
                sum(counts -> counts.received),
                sum(counts -> counts.receivedBytes),
                sum(counts -> counts.sent),
                sum(counts -> counts.sentBytes),
                missed,
                sum(counts -> counts.receiveErrors),
                sum(counts -> counts.sendErrors),
                sum(counts -> counts.noBuffer));
    }

    @Override
    public Map<String, Long> details() {
        Map<String, Long> details = new HashMap<>();
        details.put("checksumsCompleted", sum(counts -> counts.checksums));
        details.put("largePacketsCut", sum(counts -> counts.cut));
        details.put("tooLongForBuffer", sum(counts -> counts.tooLong));
        return Map.copyOf(details);
    }

    private long sum(Function<PacketSocketQueue.Counts, AtomicLong> count) {
        return queues.stream().mapToLong(queue -> count.apply(queue.counts()).get()).sum();
    }

    private synchronized void requireOpen() {
        if (!open) {
            throw new BalancerException(ErrorCode.CLOSED, "port " + name() + " is closed");
        }
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            queues.forEach(PacketSocketQueue::shut);
            queues.forEach(queue -> queue.pool().shut());
            sockets.forEach(PacketSocket::close);
            sockets.clear();
            loan.giveBack();
            kernel.close();
        }
    }
}
