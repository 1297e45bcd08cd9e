// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.LabFamily;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// OpenSSH over a port of the balancer, while it serves others and what nobody wants of a virtual
/// address floods it (X08).
@NetworkTest
class SshIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final int LEFTOVERS_A_SECOND = 1_000;
    private static final int LOGINS = 2;
    private static final int MOST_LOGINS = 20;

    @TempDir Path folder;

    private @Nullable KernelScene opened;
    private @Nullable Process sshd;

    @BeforeEach
    void build() throws Exception {
        NetworkCondition.requireIpv6();
        NetworkCondition.require("sshd");
        opened = KernelScene.open("");
        Files.createDirectories(Path.of("/run/sshd")); // as its service does
        for (String key : List.of("host", "id")) {
            scene().kernel()
                    .execute("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file(key));
        }
        Files.writeString(
                folder.resolve("sshd.conf"),
                """
                HostKey %s
                AuthorizedKeysFile %s.pub
                PermitRootLogin prohibit-password
                PasswordAuthentication no
                StrictModes no
                UsePAM no
                PidFile none
                """
                        .formatted(file("host"), file("id")));
        sshd =
                new ProcessBuilder(
                                "ip",
                                "netns",
                                "exec",
                                scene().kernel().name(),
                                "/usr/sbin/sshd",
                                "-D",
                                "-e",
                                "-f",
                                file("sshd.conf"))
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("sshd.log").toFile())
                        .start();
        Shell.until(
                "sshd",
                () -> scene().kernel().execute("ss", "-Hltn", "sport", "=", ":22").contains(":22"));
    }

    @AfterEach
    void close() throws InterruptedException {
        if (sshd != null) {
            sshd.destroy();
            assertThat(sshd.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        if (opened != null) {
            opened.close();
        }
    }

    private KernelScene scene() {
        return requireNonNull(opened);
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private String login(IpAddress address) {
        return scene().lab
                .client()
                .execute(
                        "ssh",
                        "-F",
                        "none",
                        "-i",
                        file("id"),
                        "-o",
                        "BatchMode=yes",
                        "-o",
                        "StrictHostKeyChecking=no",
                        "-o",
                        "UserKnownHostsFile=/dev/null",
                        "-o",
                        "LogLevel=ERROR",
                        "-o",
                        "ConnectTimeout=10",
                        "root@" + address,
                        "echo",
                        "answered");
    }

    @ParameterizedTest
    @EnumSource(LabFamily.class)
    void x08LoginsAnswerUnderLoadAndWhileLeftoversFlood(LabFamily family) throws Exception {
        IpAddress address = KernelScene.address(family);
        AtomicBoolean goesOn = new AtomicBoolean(true);
        AtomicInteger served = new AtomicInteger();
        List<Thread> busy = new ArrayList<>();
        busy.add(scene().lab.client().start("load", () -> load(goesOn, served)));
        busy.add(scene().flood(family, LEFTOVERS_A_SECOND, goesOn::get));
        try {
            for (int login = 0;
                    login < LOGINS || scene().count(Outcome.NO_SERVICE) <= 100;
                    login++) {
                assertThat(login(address)).isEqualTo("answered");
            }
        } finally {
            goesOn.set(false);
            for (Thread thread : busy) {
                thread.join();
            }
        }
        assertThat(served.get()).as("pages meanwhile").isGreaterThan(20);
        assertThat(scene().count(Outcome.NO_SERVICE)).as("leftovers").isGreaterThan(100);
        assertThat(scene().count(Outcome.PUNT_LIMITED)).isZero();
    }

    /// The worker finds packets of known connections whenever it looks, so each frame of the login
    /// waits behind some of them.
    @ParameterizedTest
    @EnumSource(LabFamily.class)
    void x08LoginsAnswerWhileTheWorkersCoreIsFullAndLeftoversFlood(LabFamily family)
            throws Exception {
        List<DatagramChannel> sinks = new ArrayList<>();
        for (int number = 1; number <= Scene.SERVERS; number++) {
            int server = number;
            sinks.add(scene().lab.server(number).call(() -> sink(server)));
        }
        CountersReader counters = scene().balancer.engine().counters();
        AtomicBoolean goesOn = new AtomicBoolean(true);
        Thread flood = scene().flood(family, LEFTOVERS_A_SECOND, goesOn::get);
        try (BusyWorker busy = new BusyWorker(scene().lab.client(), Scene.ECHO, counters)) {
            // On a machine that does other things the generators do not always get their part.
            int whileFull = 0;
            for (int login = 0; login < MOST_LOGINS && whileFull < LOGINS; login++) {
                busy.begin();
                assertThat(login(KernelScene.address(family))).isEqualTo("answered");
                boolean full = busy.packetsACycle() > 1 && busy.balanced() > 10_000;
                whileFull += full ? 1 : 0;
            }
            assertThat(whileFull).as("logins while the worker was full").isEqualTo(LOGINS);
        } finally {
            goesOn.set(false);
            flood.join();
            for (DatagramChannel sink : sinks) {
                sink.close();
            }
        }
        assertThat(scene().count(Outcome.NO_SERVICE)).as("leftovers").isGreaterThan(100);
        assertThat(scene().count(Counter.KERNEL_FRAMES_LOST)).isZero();
    }

    /// Takes datagrams and says nothing.
    private static DatagramChannel sink(int number) throws IOException {
        String address = LabFamily.IPV4.server(number).toString();
        return DatagramChannel.open()
                .bind(new InetSocketAddress(InetAddress.ofLiteral(address), Scene.ECHO_PORT));
    }

    private static void load(AtomicBoolean goesOn, AtomicInteger served) {
        try (HttpConnection connection = HttpConnection.open(Scene.HTTP, TIMEOUT)) {
            while (goesOn.get()) {
                assertThat(connection.get("/").status()).isEqualTo(200);
                served.incrementAndGet();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
