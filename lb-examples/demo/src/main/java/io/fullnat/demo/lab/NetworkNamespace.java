// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A network namespace of the kernel (network_namespaces(7)) with a thread that lives in it. A
/// socket belongs to the namespace of the thread that makes it, so work inside is given to that
/// thread ([#call(Callable)]) or to a thread of its own ([#start(String, Runnable)]); what they
/// made may then be used from anywhere. Virtual threads stay in the namespace where the first of
/// these objects was made, also those that a thread inside starts.
///
/// **Thread-safety:** all methods may be called from any thread.
public final class NetworkNamespace implements AutoCloseable {
    private static final Path MOUNTS = Path.of("/run/netns");

    private final String name;
    private final ExecutorService inside;

    private NetworkNamespace(String name) {
        this.name = name;
        inside =
                Executors.newSingleThreadExecutor(
                        task -> daemon("netns " + name, () -> enterAndRun(task)));
    }

    /// Makes a namespace with its loopback up and without IPv6, so that nothing but what the caller
    /// sends is on its wires.
    ///
    /// @param name unique on this machine
    /// @return the namespace, to be closed
    /// @throws BalancerException [ErrorCode#PERMISSION] without root, [ErrorCode#MISSING_LIBRARY]
    ///   without iproute2
    public static NetworkNamespace create(String name) {
        Carriers.keep();
        Tool.run("ip", "netns", "add", name);
        NetworkNamespace namespace = new NetworkNamespace(name);
        try {
            namespace.setting("ipv6/conf/all/disable_ipv6", "1");
            namespace.setting("ipv6/conf/default/disable_ipv6", "1");
            namespace.setting("ipv4/ip_forward", "0");
            namespace.ip("link", "set", "lo", "up");
            return namespace;
        } catch (BalancerException e) {
            namespace.close();
            throw e;
        }
    }

    /// Whether the kernel has IPv6.
    ///
    /// @return false if namespaces cannot be given it
    public static boolean hasIpv6() {
        return Files.exists(Path.of("/proc/sys/net/ipv6/conf"));
    }

    /// Lets the interfaces that it gets from now on speak IPv6: with the addresses that they are
    /// given and link-local ones, which are used at once, and deaf to routers' advertisements.
    /// Without effect if the kernel does not have it.
    public void enableIpv6() {
        for (String conf : List.of("all", "default", "lo")) {
            setting("ipv6/conf/" + conf + "/disable_ipv6", "0");
        }
        for (String key : List.of("accept_dad", "dad_transmits", "accept_ra", "autoconf")) {
            setting("ipv6/conf/default/" + key, "0");
        }
        setting("ipv6/conf/default/router_solicitations", "0");
    }

    /// Gives an interface an address that can be used at once: the kernel takes its time to find
    /// out that nothing has to be found out about one of IPv6.
    ///
    /// @param prefix the address and the length of its network
    /// @param device the interface
    public void addAddress(String prefix, String device) {
        List<String> words = new ArrayList<>(List.of("address", "add", prefix, "dev", device));
        if (prefix.contains(":")) {
            words.add("nodad");
        }
        ip(words.toArray(String[]::new));
    }

    /// The name under which `ip netns` knows it.
    ///
    /// @return as given to [#create(String)]
    public String name() {
        return name;
    }

    /// Runs `ip` inside.
    ///
    /// @param words its arguments
    /// @return what it wrote
    /// @throws BalancerException [ErrorCode#DEVICE] with what it wrote if it fails
    public String ip(String... words) {
        List<String> command = new ArrayList<>(List.of("ip", "-n", name));
        command.addAll(List.of(words));
        return Tool.run(command.toArray(String[]::new));
    }

    /// Runs any program inside.
    ///
    /// @param words program and arguments
    /// @return what it wrote
    /// @throws BalancerException [ErrorCode#DEVICE] with what it wrote if it fails
    public String execute(String... words) {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", name));
        command.addAll(List.of(words));
        return Tool.run(command.toArray(String[]::new));
    }

    /// Writes a setting of the kernel's network, one of `/proc/sys/net`. Without effect if the
    /// kernel does not have it.
    ///
    /// @param path below `/proc/sys/net`
    /// @param value the new value
    public void setting(String path, String value) {
        call(() -> {
            Path file = Path.of("/proc/sys/net").resolve(path);
            if (Files.exists(file)) {
                Files.writeString(file, value);
            }
            return null;
        });
    }

    /// Runs something on the namespace's own thread and waits for it.
    ///
    /// @param task the work; threads that it starts live inside too
    /// @return what it returned
    /// @throws BalancerException what it threw, [ErrorCode#DEVICE] for another exception
    public <T> T call(Callable<T> task) {
        try {
            return inside.submit(task).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BalancerException known) {
                throw new BalancerException(
                        known.code(), String.valueOf(known.getMessage()), known);
            }
            throw new BalancerException(
                    ErrorCode.DEVICE,
                    "in namespace "
                            + name
                            + ": "
                            + Reason.of(Objects.requireNonNullElse(e.getCause(), e)),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BalancerException(ErrorCode.CLOSED, "interrupted in namespace " + name, e);
        }
    }

    /// Starts a thread inside.
    ///
    /// @param threadName for diagnosis
    /// @param work what it does; threads that it starts live inside too
    /// @return the thread, a daemon
    public Thread start(String threadName, Runnable work) {
        Thread thread = daemon(threadName, () -> enterAndRun(work));
        thread.start();
        return thread;
    }

    private void enterAndRun(Runnable work) {
        NamespaceCalls.enter(MOUNTS.resolve(name).toString());
        work.run();
    }

    private static Thread daemon(String name, Runnable work) {
        return Thread.ofPlatform().name(name).daemon().unstarted(work);
    }

    /// The kernel's number of the namespace that the calling thread is in.
    ///
    /// @return for example `net:[4026532008]`
    public static String current() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
        } catch (IOException e) {
            throw new BalancerException(ErrorCode.DEVICE, "cannot read /proc: " + Reason.of(e), e);
        }
    }

    /// Removes the namespace and its interfaces. The kernel keeps it, without its name, until the
    /// last socket and thread in it are gone. Idempotent.
    @Override
    public void close() {
        inside.shutdownNow();
        if (Files.exists(MOUNTS.resolve(name))) {
            Tool.run("ip", "netns", "delete", name);
        }
    }
}
