// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fullnat.api.Endpoint;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The image for containers: made, looked at, run. Where the property `dist` names a folder, it is
/// made of the archive in it; else of what was built.
@NetworkTest
@Timeout(600)
final class ImageIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final String SECURE =
            """
            api:
              socket: /run/fullnat/fullnat.sock
              tcp: {listen: "127.0.0.1:8443", certificate: /etc/fullnat/cert.pem, key: /etc/fullnat/key.pem, token-file: /etc/fullnat/token}
            """;
    private static final String JAVA = "/usr/lib/fullnat/runtime/bin/";

    private static Path folder;

    private static String said;
    private static Path layout;
    private static Path bundle;

    @BeforeAll
    static void make() throws Exception {
        for (String tool : List.of("mmdebstrap", "umoci", "runc")) {
            NetworkCondition.require(tool);
        }
        // Links within a root that lead to places of this machine are not for JUnit to clean up.
        folder = Files.createTempDirectory("fullnat-image");
        Path dist = Distribution.folder();
        Path own = Files.createDirectory(folder.resolve("image"));
        Path archive = only(dist, ".tar.gz");
        Files.copy(archive, own.resolve(archive.getFileName()));
        said = run("../../config/image.sh", own.toString());
        layout = Files.createDirectory(folder.resolve("layout"));
        run("tar", "-xf", only(own, "-oci.tar").toString(), "-C", layout.toString());
        bundle = folder.resolve("bundle");
        run("umoci", "unpack", "--image", layout + ":" + tag(), bundle.toString());
    }

    @AfterAll
    static void clean() throws Exception {
        if (folder != null) {
            run("rm", "-rf", "--one-file-system", folder.toString());
        }
    }

    private static Path only(Path where, String ending) throws IOException {
        try (Stream<Path> files = Files.list(where)) {
            return files.filter(file -> file.toString().endsWith(ending)).findFirst().orElseThrow();
        }
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String told = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), told).isZero();
        return told;
    }

    private static JsonNode manifest() throws IOException {
        return JSON.readTree(layout.resolve("index.json").toFile()).path("manifests").path(0);
    }

    private static String tag() throws IOException {
        return manifest().path("annotations").path("org.opencontainers.image.ref.name").asText();
    }

    private static JsonNode blob(JsonNode reference) throws IOException {
        String digest = reference.path("digest").asText().replace(':', '/');
        return JSON.readTree(layout.resolve("blobs").resolve(digest).toFile());
    }

    @Test
    void itSaysWhatItIs() throws Exception {
        JsonNode image = blob(blob(manifest()).path("config"));
        JsonNode config = image.path("config");

        assertThat(config.path("User").asText()).isEqualTo("10001:10001");
        assertThat(config.path("Entrypoint").toString()).isEqualTo("[\"/usr/sbin/fullnat\"]");
        assertThat(config.path("ExposedPorts").isMissingNode()).isTrue();
        assertThat(config.path("Labels").path("org.opencontainers.image.version").asText())
                .isEqualTo(tag());
        assertThat(config.path("Labels").path("org.opencontainers.image.licenses").asText())
                .startsWith("Apache-2.0");
        assertThat(blob(manifest()).path("layers")).hasSize(2);
        assertThat(said).contains(manifest().path("digest").asText());
    }

    @Test
    void madeAgainItIsTheSame() throws Exception {
        Path again = Files.createDirectory(folder.resolve("again"));
        Path archive = only(folder.resolve("image"), ".tar.gz");
        Files.copy(archive, again.resolve(archive.getFileName()));
        run("../../config/image.sh", again.toString());

        assertThat(
                        Files.mismatch(
                                only(again, "-oci.tar"), only(folder.resolve("image"), "-oci.tar")))
                .isEqualTo(-1);
    }

    @Test
    void nothingInItMakesRoot() throws Exception {
        String rootfs = bundle.resolve("rootfs").toString();
        assertThat(run("find", rootfs, "-xdev", "-type", "f", "-perm", "/6000")).isEmpty();
        assertThat(run("find", rootfs, "-xdev", "-type", "f", "-perm", "-o+w")).isEmpty();
        // Scanners of images look here for packages and their versions.
        assertThat(bundle.resolve("rootfs/var/lib/dpkg/status.d/libc6"))
                .content()
                .contains("Version: ");
        assertThat(bundle.resolve("rootfs/usr/share/doc/libc6/copyright")).exists();
    }

    @Test
    void itForwardsAnswersAndStops() throws Exception {
        Endpoint server = new Endpoint(Lab.serverAddress(1), Scene.HTTP_PORT);
        try (Lab lab = Lab.create("fullnat-oci", 1);
                HttpOrigin origin = HttpOrigin.start(lab.server(1), "s1", server);
                Container container =
                        new Container(bundle, lab.balancer().name(), configuration())) {
            container.await("ready");
            try (HttpConnection connection =
                    lab.client().call(() -> HttpConnection.open(Scene.HTTP, Scene.TIMEOUT))) {
                assertThat(connection.get("/").status()).isEqualTo(200);
            }
            assertThat(origin.peers()).isNotNull();
            answers(container);
            speaksTls(lab);
            diagnoses(container);
            assertThat(container.stop()).as(container.said()).isZero();
        }
    }

    private static Path configuration() throws Exception {
        Path etc = Files.createDirectories(folder.resolve("etc"));
        Files.writeString(etc.resolve("fullnat.yaml"), SECURE + Scene.yaml(1));
        Files.writeString(etc.resolve("token"), TOKEN);
        run(
                "sh",
                "-c",
                "cd '"
                        + etc
                        + "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
                        + " -subj /CN=lb -keyout key.pem -out cert.pem 2>/dev/null"
                        + " && chown 0:10001 . * && chmod 640 * && chmod 750 .");
        return etc;
    }

    /// By Perl and by Java; this is also what asks for its health.
    private static void answers(Container container) throws Exception {
        Container.Result list = container.execute("fullnat", "service", "list");
        assertThat(list.status()).as(list.said()).isZero();
        assertThat(list.said()).contains(Scene.HTTP.toString());
        assertThat(
                        container
                                .execute(
                                        "env",
                                        "-u",
                                        "FULLNAT_JAVA_OPTIONS",
                                        "FULLNAT_CLIENT=java",
                                        "ipvsadm",
                                        "-Ln")
                                .said())
                .contains(Scene.HTTP.toString());
        assertThat(container.execute("id", "-u").said()).isEqualTo("10001\n");
        assertThat(container.execute("touch", "/written").status()).isNotZero();
    }

    private static void speaksTls(Lab lab) {
        String heard =
                lab.balancer()
                        .execute(
                                "sh",
                                "-c",
                                "printf 'GET /v2/health HTTP/1.1\\r\\nHost: lb\\r\\nConnection: close\\r\\n"
                                        + "Authorization: Bearer "
                                        + TOKEN
                                        + "\\r\\n\\r\\n' | openssl s_client -quiet -connect 127.0.0.1:8443 2>&1");
        assertThat(heard).contains("HTTP/1.1 200");
    }

    /// In a container of its own it is process 1.
    private static void diagnoses(Container container) throws Exception {
        assertThat(container.execute(JAVA + "jcmd", "1", "Thread.print").said()).contains("worker");
        assertThat(container.execute(JAVA + "jstack", "1").said()).contains("Thread");
        container.execute(JAVA + "jcmd", "1", "JFR.start", "name=it");
        for (String name : List.of("start", "it")) {
            String file = "/tmp/" + name + ".jfr";
            container.execute(JAVA + "jcmd", "1", "JFR.dump", "name=" + name, "filename=" + file);
            assertThat(container.execute(JAVA + "jfr", "summary", file).said())
                    .contains("jdk.ActiveRecording");
        }
    }

    @Test
    void withoutAConfigurationItSaysSo() throws Exception {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        try (Lab lab = Lab.create("fullnat-oci", 1);
                Container container = new Container(bundle, lab.balancer().name(), empty)) {
            assertThat(container.end()).isEqualTo(2);
            assertThat(container.said()).contains("/etc/fullnat/fullnat.yaml");
        }
    }
}
