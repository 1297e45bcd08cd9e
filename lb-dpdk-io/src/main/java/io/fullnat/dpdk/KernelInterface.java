// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;

/// A network interface of the kernel, by its name in the network namespace of the thread that made
/// this object (netdevice(7)). It may come and go, or be followed by its number ([#follow]).
///
/// **Thread-safety:** all methods, from any thread.
final class KernelInterface implements AutoCloseable {
    private static final SystemCall SOCKET = SystemCall.of("socket");
    private static final SystemCall IOCTL = SystemCall.of("ioctl");
    private static final SystemCall CLOSE = SystemCall.of("close");

    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;

    private static final int GET_NAME = 0x8910;
    private static final int GET_FLAGS = 0x8913;
    private static final int SET_FLAGS = 0x8914;
    private static final int GET_MTU = 0x8921;
    private static final int SET_MTU = 0x8922;
    private static final int SET_MAC = 0x8924;
    private static final int GET_MAC = 0x8927;
    private static final int GET_INDEX = 0x8933;
    private static final int ETHTOOL = 0x8946;

    private static final int UP = 1;
    private static final int RUNNING = 1 << 6;

    /// `struct ifreq`: the name, then what is asked for.
    private static final int REQUEST_BYTES = 40;

    private static final int VALUE = 16;
    private static final int NAME_BYTES = 16;

    /// `struct ethtool_cmd` and its command 1, `ETHTOOL_GSET`.
    private static final int SETTINGS_BYTES = 44;

    private static final int SPEED = 12;
    private static final int DUPLEX = 14;
    private static final int SPEED_HIGH = 28;
    private static final int UNKNOWN_SPEED = 0xFFFF;

    private static final int ETHERNET = 1;
    private static final int LOOPBACK = 772;

    private final Arena arena = Arena.ofShared();
    private final long request = NativeFunction.zeroed(arena, REQUEST_BYTES);
    private final long settings = NativeFunction.zeroed(arena, SETTINGS_BYTES);
    private final long socket;
    private volatile String name;
    private boolean open = true;

    KernelInterface(String name) {
        this.name = name;
        // Any kind of socket will do; it belongs to the namespace of the thread that makes it.
        socket = SOCKET.call(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    }

    String name() {
        return name;
    }

    /// Follows the interface of a number to the name that it has now. What is asked or set from
    /// then on is of that name.
    ///
    /// @param index its number
    /// @return false if there is none of that number: then the name is as it was, and another
    ///   interface's perhaps
    synchronized boolean follow(int index) {
        if (!open || socket < 0) {
            return false;
        }
        Memory.putInt(request + VALUE, index);
        if (IOCTL.call(socket, GET_NAME, request) < 0) {
            return false;
        }
        StringBuilder now = new StringBuilder();
        for (int i = 0; i < NAME_BYTES && Memory.getUnsignedByte(request + i) != 0; i++) {
            now.append((char) Memory.getUnsignedByte(request + i));
        }
        name = now.toString();
        return true;
    }

    private synchronized long ask(int command) {
        if (!open || socket < 0) {
            return -1;
        }
        for (int i = 0; i < NAME_BYTES; i++) {
            Memory.putByte(request + i, i < name.length() ? name.charAt(i) : 0);
        }
        return IOCTL.call(socket, command, request);
    }

    /// Its number, which no later interface has.
    ///
    /// @return 0 if there is no such interface
    synchronized int index() {
        return ask(GET_INDEX) < 0 ? 0 : Memory.getInt(request + VALUE);
    }

    /// Bytes of the largest packet.
    ///
    /// @return 0 if there is no such interface
    synchronized int mtu() {
        return ask(GET_MTU) < 0 ? 0 : Memory.getInt(request + VALUE);
    }

    /// Sets the MTU.
    ///
    /// @return 0 or a negative error number
    synchronized long mtu(int bytes) {
        Memory.putInt(request + VALUE, bytes);
        return ask(SET_MTU);
    }

    /// The hardware address.
    ///
    /// @return its bits, 0 if there is no such interface
    synchronized long mac() {
        return ask(GET_MAC) < 0 ? 0 : Memory.getNetworkMac(request + VALUE + Short.BYTES);
    }

    /// Sets the hardware address.
    ///
    /// @return 0 or a negative error number
    synchronized long mac(long bits) {
        Memory.zero(request + VALUE, REQUEST_BYTES - VALUE);
        Memory.putShort(request + VALUE, ETHERNET);
        Memory.putNetworkMac(request + VALUE + Short.BYTES, bits);
        return ask(SET_MAC);
    }

    /// Sets it up.
    ///
    /// @return 0 or a negative error number
    synchronized long raise() {
        long result = ask(GET_FLAGS);
        if (result < 0) {
            return result;
        }
        Memory.putShort(request + VALUE, Memory.getUnsignedShort(request + VALUE) | UP);
        return ask(SET_FLAGS);
    }

    /// Whether its frames begin with an Ethernet header.
    synchronized boolean isEthernet() {
        if (ask(GET_MAC) < 0) {
            return false;
        }
        int type = Memory.getUnsignedShort(request + VALUE);
        return type == ETHERNET || type == LOOPBACK;
    }

    /// The state of its link.
    synchronized LinkState link() {
        if (ask(GET_FLAGS) < 0) {
            return LinkState.down("interface " + name + " is gone");
        }
        int flags = Memory.getUnsignedShort(request + VALUE);
        if ((flags & UP) == 0) {
            return LinkState.down("interface " + name + " is down (ip link set " + name + " up)");
        }
        if ((flags & RUNNING) == 0) {
            return LinkState.down("interface " + name + " has no carrier: nobody is at its end");
        }
        return speed();
    }

    private LinkState speed() {
        Memory.zero(settings, SETTINGS_BYTES);
        Memory.putInt(settings, 1);
        Memory.putLong(request + VALUE, settings);
        if (ask(ETHTOOL) < 0) {
            return new LinkState(true, 0, true);
        }
        int low = Memory.getUnsignedShort(settings + SPEED);
        int high = Memory.getUnsignedShort(settings + SPEED_HIGH);
        boolean known = low != UNKNOWN_SPEED || high != UNKNOWN_SPEED;
        return new LinkState(
                true,
                known ? (long) high << 16 | low : 0,
                Memory.getUnsignedByte(settings + DUPLEX) != 0);
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            CLOSE.call(socket, 0, 0);
            arena.close();
        }
    }
}
