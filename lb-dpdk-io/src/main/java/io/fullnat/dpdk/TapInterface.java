// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.io.PuntPort;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A TAP interface of the kernel (the kernel's Documentation/networking/tuntap) beside a port, in
/// the network namespace of the thread that opens it. It goes with this object, or with the
/// process. It may be renamed: it is known by its number. If it is removed, or moved to another
/// namespace, another interface that gets its name is left alone.
///
/// It is opened without `IFF_VNET_HDR`, and offers the kernel no offload: so the kernel makes all
/// checksums and cuts all segments before a frame is read here.
///
/// Reading and writing never block. **Thread-safety:** as [PuntPort] says; [#close()] by any
/// thread.
final class TapInterface implements PuntPort, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TapInterface.class);

    private static final SystemCall OPEN = SystemCall.of("open");
    private static final SystemCall IOCTL = SystemCall.of("ioctl");
    private static final SystemCall READ = SystemCall.wide("read");
    private static final SystemCall WRITE = SystemCall.wide("write");
    private static final SystemCall CLOSE = SystemCall.of("close");

    private static final String DEVICE = "/dev/net/tun";
    private static final int READ_WRITE_NONBLOCK_CLOEXEC = 2 | 0x800 | 0x80000;
    private static final int SET_INTERFACE = 0x400454CA;
    private static final int SET_CARRIER = 0x400454E2;

    /// A TAP, no header in front of its frames, and none that is there already.
    private static final int TAP = 0x0002 | 0x1000 | 0x8000;

    private static final int REQUEST_BYTES = 40;
    private static final int VALUE = 16;

    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int EBUSY = 16;

    private static final int MAC_BYTES = 6;

    /// Further stations that the kernel has on the interface, as virtual routers.
    private static final int MOST_STATIONS = 64;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = SystemCall.state(arena);
    private final long carrier = NativeFunction.zeroed(arena, Integer.BYTES);
    private final KernelInterface kernel;
    private final KernelGroups groups;
    private final LearntStations stations = new LearntStations(MOST_STATIONS);
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong receivedBytes = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong sentBytes = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private long file;
    private int index;
    private long own;
    private int up = -1;
    private boolean closed;
    private String trouble = "";

    private TapInterface(KernelInterface kernel, KernelGroups groups) {
        this.kernel = kernel;
        this.groups = groups;
    }

    /// Makes the interface, with the port's address and MTU, up, without carrier.
    ///
    /// @param name of the interface
    /// @param port whose it is, for messages
    /// @param mac the port's
    /// @param mtu the port's
    /// @throws BalancerException [ErrorCode#PERMISSION] or [ErrorCode#DEVICE]
    static TapInterface open(String name, String port, MacAddress mac, int mtu) {
        KernelGroups groups;
        try {
            groups = new KernelGroups(KernelGroups.LIST, name);
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.DEVICE,
                    "port "
                            + port
                            + ": cannot read /proc/net/dev_mcast, which says what the kernel"
                            + " listens to; mount /proc",
                    e);
        }
        TapInterface tap = new TapInterface(new KernelInterface(name), groups);
        try {
            tap.create(name, port);
            tap.mirror(mac, mtu, false);
            long refusal = tap.kernel.raise();
            if (refusal < 0) {
                throw failure(port, name, "cannot be set up", refusal);
            }
            return tap;
        } catch (BalancerException e) {
            tap.close();
            throw e;
        }
    }

    private void create(String name, String port) {
        try (Arena call = Arena.ofConfined()) {
            long path = NativeFunction.string(call, DEVICE);
            file = OPEN.call(path, READ_WRITE_NONBLOCK_CLOEXEC, 0);
            if (file < 0) {
                throw failure(port, name, DEVICE + " cannot be opened", file);
            }
            long request = NativeFunction.zeroed(call, REQUEST_BYTES);
            for (int i = 0; i < name.length(); i++) {
                Memory.putByte(request + i, name.charAt(i));
            }
            Memory.putShort(request + VALUE, TAP);
            long made = IOCTL.call(file, SET_INTERFACE, request);
            if (made < 0) {
                throw failure(port, name, "cannot be made", made);
            }
            index = kernel.index();
        }
    }

    private static BalancerException failure(String port, String name, String what, long errno) {
        String remedy =
                switch ((int) -errno) {
                    case EPERM -> "; it needs root, or CAP_NET_ADMIN";
                    case ENOENT -> "; load the kernel's module (modprobe tun)";
                    case EBUSY -> "; there is an interface of that name: give another";
                    default -> "";
                };
        return new BalancerException(
                -errno == EPERM ? ErrorCode.PERMISSION : ErrorCode.DEVICE,
                "port "
                        + port
                        + ": the kernel's interface "
                        + name
                        + " "
                        + what
                        + " ("
                        + SystemCall.describe(-errno)
                        + ")"
                        + remedy);
    }

    @Override
    public String name() {
        return kernel.name();
    }

    @Override
    public synchronized boolean toKernel(long data, int length) {
        if (!stations.isEmpty() && length >= 2 * MAC_BYTES) {
            stations.elsewhere(new MacAddress(Memory.getNetworkMac(data + MAC_BYTES)));
        }
        boolean taken = file > 0 && WRITE.call(state, file, data, length, 0, 0, 0) == length;
        if (taken) {
            sent.incrementAndGet();
            sentBytes.addAndGet(length);
        } else {
            refused.incrementAndGet();
        }
        return taken;
    }

    @Override
    public synchronized int fromKernel(long data, int capacity) {
        if (file <= 0) {
            return 0;
        }
        long length = READ.call(state, file, data, capacity, 0, 0, 0);
        if (length <= 0) {
            return 0;
        }
        received.incrementAndGet();
        receivedBytes.addAndGet(length);
        long source = Memory.getNetworkMac(data + MAC_BYTES);
        if (source != own && source != 0) {
            MacAddress station = new MacAddress(source);
            if (!station.isGroup()) {
                stations.heard(station, System.nanoTime());
            }
        }
        return (int) length;
    }

    @Override
    public synchronized void mirror(MacAddress mac, int mtu, boolean isUp) {
        if (file <= 0) {
            return;
        }
        own = mac.bits();
        boolean there = kernel.follow(index);
        String wrong = there ? "" : " anything: it has been removed, or moved to a namespace";
        if (there && kernel.mac() != mac.bits()) {
            wrong = told("the address " + mac, kernel.mac(mac.bits()));
        }
        if (there && kernel.mtu() != mtu) {
            wrong += told("the MTU " + mtu, kernel.mtu(mtu));
        }
        int now = isUp ? 1 : 0;
        if (there && now != up) {
            Memory.putInt(carrier, now);
            wrong += told("the state of the port's link", IOCTL.call(file, SET_CARRIER, carrier));
            up = now;
        }
        if (!wrong.isEmpty() && !wrong.equals(trouble)) {
            LOG.warn("the kernel's interface {} does not take{}", name(), wrong);
        }
        trouble = wrong;
    }

    private static String told(String what, long result) {
        return result < 0 ? " " + what + " (" + SystemCall.describe(-result) + ")" : "";
    }

    @Override
    public synchronized Set<MacAddress> listened() {
        Set<MacAddress> listened = stations.known(System.nanoTime());
        listened.addAll(groups.read(index));
        return listened;
    }

    @Override
    public PortStatistics statistics() {
        return new PortStatistics(
                received.get(),
                receivedBytes.get(),
                sent.get(),
                sentBytes.get(),
                0,
                0,
                refused.get(),
                0);
    }

    /// Removes the interface.
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (file > 0) {
            CLOSE.call(file, 0, 0);
        }
        file = -1;
        arena.close();
        kernel.close();
        groups.close();
    }
}
