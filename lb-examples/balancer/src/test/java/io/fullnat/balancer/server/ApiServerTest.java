// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ApiServerTest {
    @TempDir Path directory;
    private final ApiRig rig = new ApiRig().serving();
    private Path socket = Path.of("s");

    @BeforeEach
    void place() {
        socket = directory.resolve("api.sock");
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private Path lock() {
        return directory.resolve(".api.sock.lock");
    }

    private ApiServer start() {
        ApiSettings settings = new ApiSettings(Optional.of(socket), Optional.empty());
        return ApiServer.start(settings, rig, rig.runner);
    }

    private String get(String target) throws IOException {
        return RawClient.answer(socket, "GET", target, "");
    }

    private static void assertRefused(BalancerException failure, ErrorCode code, String... words) {
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure).message().contains(words);
    }

    private BalancerException refusal() {
        try (ApiServer server = start()) {
            throw new AssertionError("it listens, on TCP port " + server.tcpPort());
        } catch (BalancerException e) {
            return e;
        }
    }

    @Test
    void answersOverTheSocket() throws IOException {
        try (ApiServer server = start()) {
            assertThat(server.tcpPort()).isEmpty();
            assertThat(get("/v2/health"))
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("Content-Type: application/json", "\"status\":\"UP\"");
            assertThat(RawClient.answer(socket, "PUT", ApiRig.WEB, "{\"SchedName\":\"wrr\"}"))
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .endsWith("\"changed\"");
            assertThat(RawClient.answer(socket, "PUT", "/v2/vs/192.0.2.81-80-udp", "{}"))
                    .startsWith("HTTP/1.1 201 Created\r\n");
            assertThat(get("/v2/vs/192.0.2.99-1-tcp"))
                    .startsWith("HTTP/1.1 404 Not Found\r\n")
                    .endsWith(
                            "{\"error\":\"NO_SERVICE\",\"status\":10,"
                                    + "\"message\":\"no service TCP 192.0.2.99:1\"}");
            assertThat(get("/v2/config")).contains("application/yaml").endsWith("services: []\n");
        }
    }

    @Test
    void theSocketIsItsOwnersAndGoneAtTheEnd() throws IOException {
        try (ApiServer server = start()) {
            assertThat(server).isNotNull();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            try (var files = Files.list(directory)) {
                assertThat(files).containsExactlyInAnyOrder(socket, lock());
            }
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lock())))
                    .isEqualTo("rw-------");
        }
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(lock());
        }
    }

    @Test
    void theSocketIsBoundWhereOnlyItsOwnerCanEnter() throws IOException {
        SocketFile file = SocketFile.prepare(socket);
        Path bound = file.begin();

        assertThat(Files.getPosixFilePermissions(bound.getParent()))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        file.clean();
        file.release();
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(lock());
        }
    }

    @Test
    void takesThePlaceOfABalancerThatWasKilled() throws IOException {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();

        try (ApiServer server = start()) {
            assertThat(server).isNotNull();
            assertThat(get("/v2/health")).contains("\"UP\"");
        }
    }

    @Test
    void refusesThePlaceOfALiveBalancerAndLeavesItAlone() throws IOException {
        try (ApiServer first = start()) {
            assertThat(first).isNotNull();
            assertRefused(
                    refusal(),
                    ErrorCode.ADDRESS_IN_USE,
                    "a balancer (process " + ProcessHandle.current().pid() + ")",
                    socket.toString(),
                    "api.socket");
            assertThat(get("/v2/health")).contains("\"UP\"");
        }
    }

    @Test
    void refusesThePlaceOfAnotherProgram() throws IOException {
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().start(() -> hangUpOn(other));
            assertRefused(refusal(), ErrorCode.ADDRESS_IN_USE, "another program has");
        }
    }

    private static void hangUpOn(ServerSocketChannel other) {
        try {
            while (true) {
                other.accept().close();
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    @Test
    void refusesAFileThatIsNoSocketAndLeavesItAlone() throws IOException {
        Files.writeString(socket, "precious");

        assertRefused(refusal(), ErrorCode.ADDRESS_IN_USE, "no socket", "remove it");
        assertThat(socket).content().isEqualTo("precious");
    }

    @Test
    void refusesAPlaceWithoutDirectoryAndAPathThatIsTooLong() {
        socket = directory.resolve("none/api.sock");
        assertRefused(refusal(), ErrorCode.INVALID_CONFIGURATION, "there is no directory");

        socket = directory.resolve("a".repeat(120));
        assertRefused(refusal(), ErrorCode.INVALID_CONFIGURATION, "too long");
    }

    @Test
    void leavesAFileThatHasTakenItsPlace() throws IOException {
        try (ApiServer server = start()) {
            assertThat(server).isNotNull();
            Files.delete(socket);
            Files.writeString(socket, "another's");
        }
        assertThat(socket).content().isEqualTo("another's");
    }

    @Test
    void answersNothingWhereNothingIsConfigured() {
        ApiSettings nothing = new ApiSettings(Optional.empty(), Optional.empty());
        try (ApiServer server = ApiServer.start(nothing, rig, rig.runner)) {
            assertThat(server.tcpPort()).isEmpty();
        }
        assertThatThrownBy(() -> get("/v2/health")).isInstanceOf(IOException.class);
    }

    @Test
    void listsConnectionsAsAStream() throws IOException {
        try (ApiServer server = start()) {
            assertThat(server).isNotNull();
            assertThat(get("/v2/connections"))
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("Content-Type: application/x-ndjson");
        }
    }
}
