// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The package in a clean root: installed, run, upgraded, stopped, purged. Where the property
/// `dist` names a folder it is taken from there; else it is made of what was built.
@NetworkTest
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PackageIT {
    private static final String SECURE =
            """
            api:
              socket: /run/fullnat/fullnat.sock
              tcp: {listen: "127.0.0.1:8443", certificate: /etc/fullnat/cert.pem, key: /etc/fullnat/key.pem, token-file: /etc/fullnat/token}
            """;

    private static final String JAVA = PackageNeeds.RUNTIME + "/bin/";
    private static final String RECORDED = "/run/fullnat/start.jfr";
    private static final String RECORDING =
            "FULLNAT_JAVA_OPTIONS=-XX:StartFlightRecording=name=start,dumponexit=true,filename="
                    + RECORDED;

    /// What jcmd can ask of a JVM that goes on.
    private static final List<String> ASKED =
            List.of(
                    "help",
                    "VM.version",
                    "VM.command_line",
                    "VM.flags",
                    "VM.info",
                    "VM.metaspace",
                    "VM.system_properties",
                    "VM.uptime",
                    "GC.class_histogram",
                    "Compiler.codecache",
                    "Compiler.queue");

    private static final String[] FOLDERS_IN_MEMORY = {"/dev/shm", "/tmp"};
    private static final String HUGEPAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/";

    /// 800 MB.
    private static final int PAGES = 400;

    @TempDir static Path folder;

    private static CleanRoot root;

    @BeforeAll
    static void install() throws Exception {
        root = new CleanRoot(Files.createDirectory(folder.resolve("mounts")));
        root.put(deb(), "/tmp/fullnat.deb");
        root.run("dpkg -i /tmp/fullnat.deb");
    }

    private static Path deb() throws Exception {
        Path dist = Distribution.folder();
        try (Stream<Path> files = Files.list(dist)) {
            return files.filter(file -> file.toString().endsWith(".deb")).findFirst().orElseThrow();
        }
    }

    @AfterAll
    static void close() throws Exception {
        if (root != null) {
            root.close();
        }
    }

    @Test
    @Order(1)
    void commandsRunWithoutAJdk() throws Exception {
        assertThat(root.run("ls /usr/lib/jvm")).isEmpty();
        assertThat(root.run("fullnat --version")).startsWith("fullnat ");
        assertThat(root.run("ipvsadm --version")).startsWith("ipvsadm of fullnat ");
        assertThat(root.run("dpip --version")).startsWith("dpip of fullnat ");
        assertThat(root.run("for page in fullnat ipvsadm dpip; do man -w $page; done"))
                .hasLineCount(3)
                .contains("fullnat.8.gz");
        assertThat(root.run("stat -c '%U:%G %a' /etc/fullnat")).isEqualTo("root:fullnat 750\n");
        CleanRoot.Result noBalancer = root.attempt("fullnat service list");
        assertThat(noBalancer.status()).as(noBalancer.said()).isEqualTo(43);
    }

    @Test
    @Order(1)
    void classesAreReadFromACacheThatFits() throws Exception {
        assertThat(classesFromCache()).isGreaterThan(500);
        root.run("touch /usr/lib/fullnat/lib/agrona-*.jar");
        assertThat(root.run("fullnat --version 2>&1")).hasLineCount(1).startsWith("fullnat ");
        assertThat(classesFromCache()).isZero();
        root.run("/usr/lib/fullnat/lib/make-cache");
        assertThat(classesFromCache()).isGreaterThan(500);
    }

    private static int classesFromCache() throws Exception {
        String shown = "FULLNAT_JAVA_OPTIONS=-Xlog:class+load fullnat --version";
        return Integer.parseInt(
                root.run(shown + " | grep -c 'shared objects file' || true").strip());
    }

    /// What is asked of the loader comes with the packages that are named, of the oldest release
    /// that is spoken of: this is Debian 12.
    @Test
    @Order(1)
    void itDependsOnWhatItsLibrariesNeed() throws Exception {
        PackageNeeds needs = new PackageNeeds(root);

        assertThat(needs.named())
                .contains("libc6", "librte-eal23")
                .noneMatch(name -> name.matches(".*(java|jre|jdk).*"));
        assertThat(needs.linked()).contains("libc.so.6");
        assertThat(needs.of(needs.linked())).isSubsetOf(needs.named());
        String control = root.run("dpkg-query -W -f '${Depends}' fullnat");
        assertThat(control).startsWith("libc6 (>= 2.34), ");
        assertThat(needs.newestGlibc()).isLessThanOrEqualTo(34);
    }

    @Test
    @Order(2)
    void systemdFindsNoFaultWithTheUnit() throws Exception {
        assertThat(root.run("systemd-analyze verify fullnat.service")).isEmpty();
        // 10 is a service without any bounds.
        root.run("systemd-analyze security --offline=true --threshold=30 fullnat.service");
    }

    /// What systemd does by these lines is not tried where no systemd runs; what the balancer does
    /// with them is, by a process that has the same user and capabilities.
    @Test
    @Order(2)
    void theUnitGrantsWhatTheServiceNeedsAndNoMore() throws Exception {
        assertThat(InstalledService.unit("Type")).isEqualTo("notify");
        assertThat(InstalledService.unit("NotifyAccess")).isEqualTo("main");
        assertThat(InstalledService.unit("ExecStart")).startsWith("/usr/sbin/fullnat run ");
        assertThat(InstalledService.unit("User")).isEqualTo("fullnat");
        assertThat(InstalledService.unit("AmbientCapabilities"))
                .isEqualTo("CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK")
                .isEqualTo(InstalledService.unit("CapabilityBoundingSet"));
        assertThat(InstalledService.unit("NoNewPrivileges")).isEqualTo("yes");
        assertThat(InstalledService.unit("LimitMEMLOCK")).isEqualTo("infinity");
        assertThat(InstalledService.unit("LimitNOFILE")).isEqualTo("1048576");
        // A stop before the JVM listens for signals is no failure; nor is one later, with 0.
        assertThat(InstalledService.unit("SuccessExitStatus")).isEqualTo("143");
        assertThat(Integer.parseInt(InstalledService.unit("WatchdogSec"))).isBetween(5, 60);
    }

    /// needrestart(1) reads the file so, and asks each pattern.
    @Test
    @Order(2)
    void needrestartLeavesItAlone() throws Exception {
        String ask =
                "perl -e 'our %nrconf; do \"/etc/needrestart/conf.d/fullnat.conf\"; die $@ if $@;"
                        + " for my $re (keys %{$nrconf{override_rc}}) {"
                        + " print \"$ARGV[0] $nrconf{override_rc}{$re}\\n\" if $ARGV[0] =~ /$re/ }' ";
        assertThat(root.run(ask + "fullnat.service")).isEqualTo("fullnat.service 0\n");
        assertThat(root.run(ask + "other-fullnat.service")).isEmpty();
    }

    @Test
    @Order(2)
    void lintianFindsNoFaultWithThePackage() throws Exception {
        NetworkCondition.require("lintian");
        root.run("lintian --allow-root --fail-on error,warning /tmp/fullnat.deb");
    }

    @Test
    @Order(3)
    void anIpvsadmOfAnotherPackageStays() throws Exception {
        root.run(
                "update-alternatives --query ipvsadm | grep -q '^Value: /usr/lib/fullnat/bin/ipvsadm'");
        root.run("dpkg -r fullnat && rm -f /usr/sbin/ipvsadm && echo other > /usr/sbin/ipvsadm");
        root.run("dpkg -i /tmp/fullnat.deb");
        assertThat(root.run("cat /usr/sbin/ipvsadm")).isEqualTo("other\n");
        root.run("rm /usr/sbin/ipvsadm && update-alternatives --force --auto ipvsadm");
        assertThat(root.run("ipvsadm --version")).startsWith("ipvsadm of fullnat ");
    }

    @Test
    @Order(4)
    void itStartsServesReloadsAndStops() throws Exception {
        write(SECURE + Scene.yaml(1));
        root.run(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=lb"
                        + " -keyout /etc/fullnat/key.pem -out /etc/fullnat/cert.pem 2>/dev/null;"
                        + " printf %s 0123456789abcdef0123456789abcdef > /etc/fullnat/token;"
                        + " chgrp fullnat /etc/fullnat/*; chmod 640 /etc/fullnat/*;"
                        + " mkdir -p /run/fullnat /var/log/fullnat; chown fullnat:fullnat /run/fullnat /var/log/fullnat");
        Endpoint server = new Endpoint(Lab.serverAddress(1), Scene.HTTP_PORT);
        try (Lab lab = Lab.create("fullnat-deb", 1);
                HttpOrigin origin = HttpOrigin.start(lab.server(1), "s1", server);
                InstalledService service =
                        new InstalledService(root, lab.balancer().name(), RECORDING)) {
            service.await("READY=1");
            // Told that it is ready, who depends on it sends at once.
            try (HttpConnection connection = connect(lab)) {
                assertThat(connection.get("/").status()).isEqualTo(200);
                assertThat(origin.peers()).isNotNull();
                isNoWrapper(service);
                service.await("WATCHDOG=1");
                speaksTls(lab);
                showsItsPage(lab);
                reloads(service);
                diagnoses(service);
                findsItsLibraries(service);
                goesOnDuringAnUpgrade(lab, service, connection);
            }
            service.await("WATCHDOG=1");
            assertThat(service.stop()).isZero();
            assertThat(root.run(JAVA + "jfr summary " + RECORDED + "; rm " + RECORDED))
                    .as("recorded from the start to the end")
                    .containsPattern("jdk\\.Shutdown +1 ");
            assertThat(service.messages()).last().asString().startsWith("STOPPING=1");
            assertThat(root.run("ls /run/fullnat; rm -r /run/fullnat")).doesNotContain("sock");
        }
    }

    private static void write(String yaml) throws IOException, InterruptedException {
        root.put(
                Files.writeString(folder.resolve("fullnat.yaml"), yaml),
                "/etc/fullnat/fullnat.yaml");
    }

    private static HttpConnection connect(Lab lab) {
        return lab.client().call(() -> HttpConnection.open(Scene.HTTP, Scene.TIMEOUT));
    }

    /// Who is told of signals, and whom systemd believes, is the JVM itself.
    private static void isNoWrapper(InstalledService service) throws IOException {
        Path executable = Files.readSymbolicLink(Path.of("/proc/" + service.pid() + "/exe"));
        assertThat(executable.toString()).endsWith("/usr/lib/fullnat/runtime/bin/java");
        assertThat(service.handle().children()).isEmpty();
        String status = Files.readString(Path.of("/proc/" + service.pid() + "/status"));
        assertThat(status).doesNotContain("Uid:\t0\t").contains("CapEff:\t0000000000007000");
        assertThat(Files.readString(Path.of("/proc/" + service.pid() + "/limits")))
                .containsPattern("Max locked memory +65536 +65536 ");
    }

    /// Those that it opens by name come with what is named, and of what is named each is opened;
    /// drivers that this machine has besides are opened, too.
    private static void findsItsLibraries(InstalledService service) throws Exception {
        PackageNeeds needs = new PackageNeeds(root);
        Set<String> packages = needs.of(needs.loaded(service.pid()));
        Set<String> named = new TreeSet<>(needs.named());
        named.removeIf(name -> !name.startsWith("librte-") || !name.endsWith("23"));
        assertThat(named)
                .contains("librte-eal23", "librte-ethdev23", "librte-mbuf23", "librte-mempool23");
        assertThat(packages).containsAll(named);
    }

    private static void speaksTls(Lab lab) {
        String said =
                lab.balancer()
                        .execute(
                                "sh",
                                "-c",
                                "printf 'GET /v2/health HTTP/1.1\\r\\nHost: lb\\r\\nConnection: close\\r\\n"
                                        + "Authorization: Bearer 0123456789abcdef0123456789abcdef\\r\\n\\r\\n'"
                                        + " | openssl s_client -quiet -connect 127.0.0.1:8443 2>&1");
        assertThat(said).contains("HTTP/1.1 200");
    }

    /// With the library that comes from a jar of its own.
    private static void showsItsPage(Lab lab) {
        for (String path : new String[] {"/", "/page/app.js", "/page/uplot.js"}) {
            String said =
                    lab.balancer()
                            .execute(
                                    "sh",
                                    "-c",
                                    "printf 'GET "
                                            + path
                                            + " HTTP/1.1\\r\\nHost: lb\\r\\nConnection: close\\r\\n\\r\\n'"
                                            + " | openssl s_client -quiet -connect 127.0.0.1:8443 2>&1");
            assertThat(said)
                    .contains("HTTP/1.1 200", "Content-Security-Policy: default-src 'none'");
        }
    }

    private static void reloads(InstalledService service) throws Exception {
        write(SECURE + Scene.yaml(1).replace("workers:", "unknown-key: 1\nworkers:"));
        assertThat(root.attempt(asService(InstalledService.unit("ExecReload"))).status())
                .isNotZero();
        service.await("RELOADING=1|MONOTONIC_USEC=");
        service.await("READY=1");
        write(SECURE + Scene.yaml(1));
        root.run(asService(InstalledService.unit("ExecReload")));
        service.await("RELOADING=1|MONOTONIC_USEC=");
        service.await("READY=1");
        root.run("kill -HUP " + service.pid());
        service.await("RELOADING=1");
        service.await("READY=1");
    }

    private static String asService(String command) {
        return "setpriv --reuid=fullnat --regid=fullnat --clear-groups " + command;
    }

    /// Each program of the runtime that is there to find out what is wrong.
    private static void diagnoses(InstalledService service) throws Exception {
        assertThat(root.run("ls " + JAVA)).isEqualTo("java\njcmd\njfr\njstack\n");
        String user = "setpriv --reuid=fullnat --regid=fullnat --clear-groups " + JAVA;
        String pid = " " + service.pid() + " ";
        assertThat(root.run(user + "jcmd -l"))
                .contains(service.pid() + " io.fullnat.balancer.Main");
        assertThat(root.run(user + "jcmd" + pid + "Thread.print")).contains("worker");
        assertThat(root.run(user + "jstack" + pid)).contains("supervision");
        assertThat(root.run(user + "jcmd" + pid + "GC.heap_info"))
                .containsIgnoringCase("shenandoah");
        for (String each : ASKED) {
            assertThat(root.run(user + "jcmd" + pid + each).lines().skip(1)).as(each).isNotEmpty();
        }
        assertThat(root.run(user + "jcmd" + pid + "JFR.check")).contains("name=start");
        root.run(user + "jcmd" + pid + "JFR.start name=it");
        root.run(user + "jcmd" + pid + "JFR.dump name=it filename=/run/fullnat/it.jfr");
        root.run(user + "jcmd" + pid + "JFR.stop name=it");
        assertThat(root.run(JAVA + "jfr print --events jdk.ActiveRecording /run/fullnat/it.jfr"))
                .contains("name = \"start\"", "name = \"it\"");
        assertThat(root.run(JAVA + "jfr summary /run/fullnat/it.jfr; rm /run/fullnat/it.jfr"))
                .contains("jdk.ActiveRecording");
    }

    /// Files are replaced under a balancer that forwards, and nobody tells systemd to stop it or to
    /// start it anew.
    private static void goesOnDuringAnUpgrade(
            Lab lab, InstalledService service, HttpConnection connection) throws Exception {
        root.run(
                "cd /tmp && dpkg-deb -R fullnat.deb newer && sed -i 's/^Version: .*/Version: 99/'"
                        + " newer/DEBIAN/control && dpkg-deb --root-owner-group -Zgzip -z1 --build"
                        + " newer newer.deb && rm -r newer");
        try (SteadyTraffic traffic = new SteadyTraffic(lab.client(), Scene.HTTP);
                SystemdCalls systemd = new SystemdCalls(root)) {
            int before = traffic.goesOn();
            root.run("dpkg -i /tmp/newer.deb");
            assertThat(traffic.goesOn()).as("answered meanwhile").isGreaterThan(before + 10);
            assertThat(systemd.calls())
                    .containsExactly(
                            "with files: systemctl --system daemon-reload",
                            "with files: systemctl --quiet is-active fullnat.service");
        }
        assertThat(root.run("dpkg-query -W -f '${Version}' fullnat")).isEqualTo("99");
        assertThat(service.messages())
                .as("but for words of a machine that is busy")
                .allMatch(each -> each.equals("WATCHDOG=1") || each.startsWith("STATUS="));
        assertThat(connection.get("/").status()).isEqualTo(200);
        assertThat(root.run("fullnat service list")).contains(Scene.HTTP.toString());
        assertThat(root.run("FULLNAT_CLIENT=java ipvsadm -Ln")).contains(Scene.HTTP.toString());
    }

    private static void forwards(String yaml, ThrowingConsumer<InstalledService> check)
            throws Exception {
        write("api: {socket: /run/fullnat/fullnat.sock}\n" + yaml);
        root.run("mkdir -p /run/fullnat; chown fullnat:fullnat /run/fullnat");
        Endpoint server = new Endpoint(Lab.serverAddress(1), Scene.HTTP_PORT);
        try (Lab lab = Lab.create("fullnat-deb", 1);
                HttpOrigin origin = HttpOrigin.start(lab.server(1), "s1", server);
                InstalledService service = new InstalledService(root, lab.balancer().name())) {
            service.await("READY=1");
            try (HttpConnection connection = connect(lab)) {
                assertThat(connection.get("/").status()).isEqualTo(200);
                assertThat(origin.peers()).isNotNull();
            }
            check.accept(service);
            assertThat(service.stop()).isZero();
        }
    }

    /// As a container has it that was given 64 KB, all of them taken: nothing that may end a
    /// process by SIGBUS lies there.
    @Test
    @Order(4)
    void foldersInMemoryMayBeFull() throws Exception {
        for (String folder : FOLDERS_IN_MEMORY) {
            root.run("mount -t tmpfs -o size=64k,mode=1777 none " + folder);
            root.run("dd if=/dev/zero of=" + folder + "/full bs=64k count=1 2>/dev/null");
        }
        try {
            forwards(
                    Scene.yaml(1),
                    service ->
                            assertThat(root.run("cat /proc/" + service.pid() + "/maps"))
                                    .doesNotContain(FOLDERS_IN_MEMORY));
        } finally {
            for (String folder : FOLDERS_IN_MEMORY) {
                root.run("umount " + folder);
            }
        }
    }

    /// Without a file of hugetlbfs, and without seeing where pages lie.
    @Test
    @Order(4)
    void hugepagesAreTakenByTheServicesUser() throws Exception {
        int before = hugepages("nr");
        reserve(before + PAGES);
        try {
            NetworkCondition.require( // the kernel keeps as many as it finds
                    hugepages("free") >= PAGES,
                    "memory has no room for %d hugepages".formatted(PAGES));
            forwards(
                    Scene.yaml(1).replace("hugepages: none", "hugepages: required, megabytes: 256"),
                    service ->
                            assertThat(
                                            Files.readString(
                                                    Path.of("/proc/" + service.pid() + "/status")))
                                    .doesNotContain("Uid:\t0\t")
                                    .containsPattern("HugetlbPages:\\s+[1-9]\\d{4,} kB"));
        } finally {
            reserve(before);
        }
    }

    private static int hugepages(String which) throws Exception {
        return Integer.parseInt(root.run("cat " + HUGEPAGES + which + "_hugepages").strip());
    }

    private static void reserve(int pages) throws Exception {
        root.run("echo " + pages + " > " + HUGEPAGES + "nr_hugepages");
    }

    @Test
    @Order(5)
    void nothingIsLeft() throws Exception {
        try (SystemdCalls systemd = new SystemdCalls(root)) {
            root.run("dpkg -r fullnat");
            assertThat(systemd.calls())
                    .containsExactly(
                            "with files: deb-systemd-invoke stop fullnat.service",
                            "without files: systemctl --system daemon-reload");
        }
        assertThat(root.run("ls /etc/fullnat/fullnat.yaml"))
                .as("what is the operator's")
                .isNotEmpty();
        root.run("dpkg -P fullnat");

        assertThat(root.changed()).isEqualTo(List.of());
        assertThat(root.attempt("getent passwd fullnat; getent group fullnat").said()).isEmpty();
    }
}
