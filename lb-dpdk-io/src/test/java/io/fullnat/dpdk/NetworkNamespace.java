// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicInteger;

/// A network namespace of a test's own, with a pair of joined interfaces, `veth0` and `veth1`.
final class NetworkNamespace implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final int CLONE_NEWNET = 0x4000_0000;

    private final String name;

    NetworkNamespace() {
        name = "fullnat-io-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
        Prerequisite.run("ip", "netns", "add", name);
        // without IPv6 the kernel sends nothing by itself
        inside("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
        inside("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
        inside("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1");
        inside("ip", "link", "set", "veth0", "up");
        inside("ip", "link", "set", "veth1", "up");
    }

    String name() {
        return name;
    }

    /// Runs a command in the namespace.
    void inside(String... words) {
        String[] all = new String[words.length + 4];
        System.arraycopy(new String[] {"ip", "netns", "exec", name}, 0, all, 0, 4);
        System.arraycopy(words, 0, all, 4, words.length);
        Prerequisite.run(all);
    }

    /// Moves the calling thread into the namespace.
    void enter() {
        enter("/run/netns/" + name);
    }

    /// Moves the calling thread back to where the process is.
    static void leave() {
        enter("/proc/self/ns/net");
    }

    private static void enter(String file) {
        NativeFunction setns = NativeFunction.ofC("setns", JAVA_INT, JAVA_INT, JAVA_INT);
        NativeFunction close = NativeFunction.ofC("close", JAVA_INT, JAVA_INT);
        int descriptor = openFile(file);
        long result = setns.call(descriptor, CLONE_NEWNET);
        close.call(descriptor);
        if (descriptor < 0 || result != 0) {
            throw new IllegalStateException("cannot enter " + file);
        }
    }

    @SuppressWarnings("restricted")
    private static int openFile(String file) {
        MethodHandle open =
                Linker.nativeLinker()
                        .downcallHandle(
                                Linker.nativeLinker().defaultLookup().findOrThrow("open"),
                                FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT),
                                Linker.Option.firstVariadicArg(2));
        try (Arena arena = Arena.ofConfined()) {
            return (int) open.invokeExact(arena.allocateFrom(file).address(), 0);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        Prerequisite.run("ip", "netns", "del", name);
    }
}
