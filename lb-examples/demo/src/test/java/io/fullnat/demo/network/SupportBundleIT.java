// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What `fullnat support-bundle` makes of a balancer that has a secret wherever one can be.
@NetworkTest
@Timeout(240)
class SupportBundleIT {
    @TempDir private Path folder;
    private final List<String> secrets = new ArrayList<>();
    private BalancerProcess balancer;

    @BeforeEach
    void start() throws Exception {
        NetworkCondition.require("openssl");
        String yaml = yaml();
        balancer = BalancerProcess.start(folder, yaml);
        // What a command has changed differs from the file, and is in the log and in events.
        change("service", "edit", "tcp", Lab.VIRTUAL + ":80", "--checks", check("changed"));
        change("service", "edit", "tcp", Lab.VIRTUAL + ":80", "--description", secret("described"));
    }

    @AfterEach
    void close() throws Exception {
        if (balancer != null) {
            balancer.close();
        }
    }

    private String secret(String name) {
        String secret = name + "-S3cr3t-" + HexFormat.of().toHexDigits(secrets.size() + 1);
        secrets.add(secret);
        return secret;
    }

    /// A file that only its owner reads.
    private Path file(String name, String content) throws IOException {
        Path file = Files.writeString(folder.resolve(name), content + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private String check(String name) {
        return "http header.Authorization='Basic %s' header.X-Api-Key=%s path=/up?token=%s contains=%s"
                .formatted(
                        Base64.getEncoder().encodeToString(("u:" + secret(name)).getBytes(UTF_8)),
                        secret(name),
                        secret(name),
                        secret(name));
    }

    private void change(String... words) {
        BalancerProcess.Result result = balancer.ask(List.of(words));
        assertThat(result.status()).as(result.errors()).isZero();
    }

    private static void certify(Path certificate, Path key) throws Exception {
        Process openssl =
                new ProcessBuilder(
                                "openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "rsa:2048",
                                "-nodes",
                                "-subj",
                                "/CN=fullnat",
                                "-keyout",
                                key.toString(),
                                "-out",
                                certificate.toString(),
                                "-days",
                                "100")
                        .redirectErrorStream(true)
                        .start();
        openssl.getInputStream().readAllBytes();
        assertThat(openssl.waitFor()).isZero();
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    }

    private String yaml() throws Exception {
        Path certificate = folder.resolve("certificate.pem");
        Path key = folder.resolve("key.pem");
        certify(certificate, key);
        Files.readAllLines(key).stream().filter(line -> line.length() == 64).forEach(secrets::add);
        String cookies = "5ec0e7" + "0123456789abcdef0123456789";
        secrets.add(cookies);
        String quic = "c0ffee" + "0123456789abcdef0123456789";
        secrets.add(quic);
        String signed =
                "whsec_"
                        + Base64.getEncoder()
                                .encodeToString(secret("signed").repeat(2).getBytes(UTF_8));
        secrets.add(signed);
        return """
        log: {level: debug}
        workers: {count: 1, connections: 65536, cookie-secrets-file: %1$s}
        memory: {hugepages: none}
        metrics: {listen: "127.0.0.1:9101", certificate: %2$s, key: %3$s, token-file: %4$s}
        events:
          webhooks:
            - {name: hook, url: "https://hook.example:1/%5$s?t=%6$s", token-file: %7$s, secret-file: %8$s}
        ports:
          - {name: outside, device: "af_packet:outside"}
          - {name: inside, device: "af_packet:inside"}
        addresses:
          - {address: %9$s, device: outside}
          - {address: %10$s, device: inside}
          - {address: %11$s/32, device: outside}
        services:
          # %12$s
          - protocol: tcp
            address: %11$s:80
            description: %13$s
            checks: ["%14$s"]
            servers: [{address: %15$s:8080, description: %16$s, checks: ["tcp send=%17$s expect=%18$s"]}]
            locals: [{address: %19$s, device: inside}]
          - protocol: udp
            address: %11$s:443
            quic: [config 0 server-id 3 nonce 13 key %20$s]
            servers: [{address: %15$s:443, quic-id: 0a0b0c}]
            locals: [{address: %19$s, device: inside}]
        """
                .formatted(
                        file("cookies", cookies),
                        certificate,
                        key,
                        file("metrics-token", secret("metrics").repeat(2)),
                        secret("path"),
                        secret("query"),
                        file("hook-token", secret("hook").repeat(2)),
                        file("hook-secret", signed),
                        Lab.OUTSIDE,
                        Lab.INSIDE,
                        Lab.VIRTUAL,
                        secret("comment"),
                        secret("service"),
                        check("check"),
                        Lab.serverAddress(1),
                        secret("server"),
                        secret("send"),
                        secret("expect"),
                        Lab.LOCAL.getFirst(),
                        quic);
    }

    private static void run(String... words) throws Exception {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }

    private BalancerProcess.Result bundle(Path file, String... options) throws Exception {
        List<String> words =
                new ArrayList<>(
                        List.of("support-bundle", "--interval", "1", "-o", file.toString()));
        words.addAll(List.of(options));
        return balancer.runBeside(words);
    }

    /// The files of an archive, unpacked by tar.
    private Map<String, String> unpacked(Path archive) throws Exception {
        Path to = Files.createDirectory(folder.resolve("unpacked-" + archive.getFileName()));
        run("tar", "xzf", archive.toString(), "-C", to.toString());
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(to)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = to.relativize(file).toString();
                files.put(name.substring(name.indexOf('/') + 1), Files.readString(file));
            }
        }
        return files;
    }

    /// How a secret might be there all the same: as it is, its halves, in base64 and hexadecimal.
    private static List<String> forms(String secret) {
        List<String> forms = new ArrayList<>();
        forms.add(secret);
        int half = secret.length() / 2;
        if (half >= 12) {
            forms.add(secret.substring(0, half));
            forms.add(secret.substring(half));
        }
        forms.add(HexFormat.of().formatHex(secret.getBytes(UTF_8)));
        for (String before : List.of("", "u", "u:")) {
            String text =
                    Base64.getEncoder()
                            .withoutPadding()
                            .encodeToString((before + secret).getBytes(UTF_8));
            forms.add(text.substring(before.isEmpty() ? 0 : 4, text.length() - 2));
        }
        return forms;
    }

    @Test
    void everythingIsInItAndNoSecret() throws Exception {
        Path archive = folder.resolve("case.tar.gz");
        BalancerProcess.Result result = bundle(archive);
        assertThat(result.status()).as(result.errors()).isZero();
        Map<String, String> files = unpacked(archive);

        assertThat(files.keySet())
                .as(result.output())
                .contains(
                        "MANIFEST",
                        "version.txt",
                        "doctor.txt",
                        "doctor.json",
                        "counters-1.json",
                        "counters-2.json",
                        "health.json",
                        "overview.json",
                        "metrics.txt",
                        "events.txt",
                        "host.json",
                        "lists/service.json",
                        "lists/link.json",
                        "lists/laddr.json",
                        "lists/neighbour.json",
                        "lists/connection.json",
                        "configuration/running.yaml",
                        "configuration/file.yaml",
                        "jvm/threads.txt",
                        "jvm/flags.txt",
                        "jvm/heap.txt",
                        "kernel/uname.txt",
                        "network/outside-features.txt",
                        "process/status.txt");
        assertThat(files.get("configuration/file.yaml")).contains("header.X-Api-Key=[removed]");
        assertThat(files.get("configuration/running.yaml")).contains(Lab.VIRTUAL + ":80");
        assertThat(files.get("lists/service.json")).contains("\"weight\"", "[removed]");
        assertThat(files.get("events.txt")).contains("event: ");
        assertThat(files.get("jvm/threads.txt")).contains("fullnat");
        assertThat(files.get("doctor.txt")).contains("UNSAVED");
        assertThat(files.get("MANIFEST")).contains("lists/service.json", "whole");
        assertThat(secrets).hasSizeGreaterThan(40);
        files.forEach((name, text) -> {
            String joined = text.replaceAll("[\\s\"'\\\\]", "");
            for (String secret : secrets) {
                for (String form : forms(secret)) {
                    assertThat(text.contains(form) || joined.contains(form))
                            .as("%s of %s in %s", form, secret, name)
                            .isFalse();
                }
            }
        });
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(archive)))
                .isEqualTo("rw-------");
        assertThat(bundle(archive).status()).isEqualTo(ErrorCode.OUTPUT.exitStatus());
    }

    @Test
    void addressesAreOthers() throws Exception {
        Path archive = folder.resolve("case.tar.gz");
        BalancerProcess.Result result = bundle(archive, "--anonymize");
        assertThat(result.status()).as(result.errors()).isZero();
        Map<String, String> files = unpacked(archive);

        String virtual = Lab.VIRTUAL.toString();
        files.forEach((name, text) ->
                assertThat(text)
                        .as(name)
                        .doesNotContain(virtual, Lab.serverAddress(1).toString(), "198.51.100.1/"));
        String other =
                files.getOrDefault("configuration/running.yaml", "")
                        .lines()
                        .filter(line -> line.contains(":80") && line.contains("address"))
                        .map(line -> line.replaceAll(".*?(\\d+\\.\\d+\\.\\d+\\.\\d+):80.*", "$1"))
                        .findFirst()
                        .orElseThrow();
        assertThat(files.get("lists/service.json")).contains("\"" + other + "\"");
        assertThat(files.get("metrics.txt")).contains("service=\"" + other + ":80\"");
        assertThat(files.get("MANIFEST")).contains("others in their place");
    }

    /// A disk with no room.
    @Test
    void nothingIsLeftOnAFullDisk() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        run("mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk.toString());
        try {
            BalancerProcess.Result result = bundle(disk.resolve("case.tar.gz"));
            assertThat(result.status()).isEqualTo(ErrorCode.OUTPUT.exitStatus());
            assertThat(result.errors().toLowerCase(Locale.ROOT)).contains("no space left");
            try (Stream<Path> left = Files.list(disk)) {
                assertThat(left).isEmpty();
            }
        } finally {
            run("umount", disk.toString());
        }
    }
}
