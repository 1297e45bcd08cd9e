// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.ProbeResult;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class Http2Test {
    private static final HttpProbe GET = http2().build();
    private static final String SETTINGS = "000000 04 00 00000000 ";
    private static final String OK = "000001 01 04 00000001 88 ";

    private static HttpProbe.Builder http2() {
        return HttpProbe.builder().version(HttpProbe.Version.HTTP_2);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static Peer sending(String hex) throws IOException {
        return Peer.of(client -> {
            client.getOutputStream().write(bytes(hex));
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "000001 01 05 00000001 88 | true | HTTP status 200",
                "000001 01 04 00000001 8e | false | HTTP status 500",
                "000005 01 05 00000001 48 03 333032 | true | HTTP status 302",
                "000004 01 05 00000001 08 82 6402 | true | HTTP status 302",
                "000005 01 05 00000001 48 83 69a6bf | false | HTTP status 444",
                "000005 01 05 00000001 20 48 82 1019 | true | HTTP status 203",
                "000005 01 04 00000001 48 03 313033 000001 01 05 00000001 88 | true | HTTP status 200",
                "000008 01 2d 00000001 01 0000000010 88 00 | true | HTTP status 200",
                "000001 01 00 00000001 88 000001 09 04 00000001 54 | true | HTTP status 200",
                "000000 01 01 00000001 000001 09 04 00000001 88 | true | HTTP status 200",
                "000008 06 00 00000000 0102030405060708 000001 01 05 00000001 88 | true | HTTP status 200",
                "000004 08 00 00000000 00010000 000001 01 05 00000001 88 | true | HTTP status 200",
                "000008 07 00 00000000 00000001 00000000 000001 01 05 00000001 88 | true | HTTP status 200",
                "000008 07 00 00000000 00000000 0000000b | false | HTTP/2 connection ended by the server (GOAWAY), error 11",
                "000008 07 00 00000000 00000000 00000000 | false | HTTP/2 connection ended by the server (GOAWAY), error 0",
                "000003 07 00 00000000 000000 | false | HTTP/2 frame that is too short",
                "000004 03 00 00000001 00000007 | false | HTTP/2 stream reset, error 7",
                "000001 01 05 00000001 87 | false | HTTP/2 header without a status",
                "000000 01 05 00000001 | false | HTTP/2 header without a status",
                "000002 01 05 00000001 48 05 | false | HTTP/2 header without a status",
                "000001 01 05 00000003 88 | false | HTTP/2 answer by a stream that nobody opened",
                "000001 01 0d 00000001 88 | false | HTTP/2 frame that is too short",
                "000004 05 04 00000001 00000002 | false | HTTP/2 push though refused",
                "ffffff 01 05 00000001 | false | answer is not HTTP/2",
                "000000 00 01 00000001 | false | HTTP/2 stream ends without an answer",
            })
    void judgesByTheStatus(String frames, boolean passed, String detail) throws Exception {
        try (Peer peer = sending(SETTINGS + frames)) {
            assertThat(peer.probed(GET)).isEqualTo(new ProbeResult(passed, detail));
        }
    }

    /// What is asked and acknowledged, byte for byte (RFC 9113 §3.4, §6.5, §6.7): nothing of
    /// [Http2] needs a connection.
    @Test
    void asksOnceAndAcknowledgesSettingsAndPings() throws Exception {
        HttpProbe probe =
                HttpProbe.builder()
                        .version(HttpProbe.Version.HTTP_2)
                        .method("HEAD")
                        .path("/up")
                        .header("X-One", "two")
                        .build();
        ByteArrayOutputStream asked = new ByteArrayOutputStream();
        String answer =
                SETTINGS
                        + "000000 04 01 00000000"
                        + "000008 06 00 00000000 0102030405060708"
                        + "000008 06 01 00000000 0102030405060709"
                        + "000001 01 05 00000001 88";
        HttpAnswer got =
                new Http2().ask(probe, "a:1", new ByteArrayInputStream(bytes(answer)), asked);
        assertThat(got.status()).isEqualTo(200);
        assertThat(got.body()).isEmpty();
        String block =
                "00073a6d6574686f640448454144"
                        + "00073a736368656d650468747470"
                        + "000a3a617574686f7269747903613a31"
                        + "00053a70617468032f7570"
                        + "0005782d6f6e650374776f";
        assertThat(HexFormat.of().formatHex(asked.toByteArray()))
                .isEqualTo(
                        "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"
                                + "00000c040000000000"
                                + "000100000000"
                                + "000200000000"
                                + "%06x010500000001".formatted(block.length() / 2)
                                + block
                                + "000000040100000000"
                                + "0000080601000000000102030405060708");
        assertThat(new Http2().protocol()).isEqualTo("h2");
    }

    @ParameterizedTest
    @CsvSource({"65535, 65535", "65534, 65534", "0, 0"})
    void aBodyIsReadToItsEndOrAsFarAsAnybodyLooks(int length, int read) throws Exception {
        StringBuilder frames = new StringBuilder(SETTINGS + OK);
        for (int left = length; left > 0; left -= Math.min(left, 16_384)) {
            int part = Math.min(left, 16_384);
            frames.append("%06x 00 00 00000001 ".formatted(part)).append("61".repeat(part));
        }
        HttpProbe probe = http2().contains("x").build();
        String end = length < 65_535 ? "000000 00 01 00000001" : "";
        HttpAnswer got =
                new Http2()
                        .ask(
                                probe,
                                "a",
                                new ByteArrayInputStream(bytes(frames + end)),
                                OutputStream.nullOutputStream());
        assertThat(got.body()).hasSize(read);
    }

    /// Wherever the connection ends.
    @Test
    void anAnswerThatIsNotAllThereIsNone() throws Exception {
        byte[] whole = bytes(SETTINGS + "000003 01 2c 00000001 000000" + OK);
        byte[] good = bytes(SETTINGS + "000004 08 00 00000000 00010000" + OK);
        assertThat(
                        new Http2()
                                .ask(
                                        GET,
                                        "a",
                                        new ByteArrayInputStream(good),
                                        OutputStream.nullOutputStream())
                                .status())
                .isEqualTo(200);
        for (int length = 0; length < good.length; length++) {
            ByteArrayInputStream in = new ByteArrayInputStream(good, 0, length);
            assertThatThrownBy(() -> new Http2().ask(GET, "a", in, OutputStream.nullOutputStream()))
                    .isInstanceOf(EOFException.class);
        }
        assertThatThrownBy(() ->
                        new Http2()
                                .ask(
                                        GET,
                                        "a",
                                        new ByteArrayInputStream(whole),
                                        OutputStream.nullOutputStream()))
                .as("padding and priority longer than the frame")
                .hasMessage("HTTP/2 frame that is too short");
    }

    @Test
    void aServerOfAnotherProtocolIsDown() throws Exception {
        try (Peer peer = Peer.saying("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")) {
            assertThat(peer.probed(GET)).isEqualTo(ProbeResult.failed("answer is not HTTP/2"));
        }
    }

    @Test
    void looksIntoTheBody() throws Exception {
        HttpProbe probe = http2().contains("all fine").build();
        try (Peer whole =
                        sending(
                                SETTINGS
                                        + OK
                                        + "000006 00 08 00000001 01 616c6c20 00"
                                        + "000004 00 01 00000001 66696e65");
                Peer other = sending(SETTINGS + OK + "000004 00 01 00000001 66696e65");
                Peer trailers =
                        sending(
                                SETTINGS
                                        + OK
                                        + "000008 00 00 00000001 616c6c2066696e65"
                                        + "000003 01 05 00000001 40 01 61")) {
            assertThat(whole.probed(probe).passed()).isTrue();
            assertThat(other.probed(probe).passed()).isFalse();
            assertThat(trailers.probed(probe).passed()).isTrue();
        }
    }

    @Test
    void framesWithoutEndAreCutOff() throws Exception {
        try (Peer settings = flooding("", SETTINGS);
                Peer header =
                        flooding(
                                SETTINGS + "000001 01 00 00000001 88",
                                "002000 09 00 00000001 " + "00".repeat(8192))) {
            assertThat(settings.probed(GET))
                    .isEqualTo(ProbeResult.failed("HTTP/2 answer of more than 1000 frames"));
            assertThat(header.probed(GET))
                    .isEqualTo(ProbeResult.failed("HTTP header of more than 65536 bytes"));
        }
    }

    private static Peer flooding(String first, String again) throws IOException {
        return Peer.of(client -> {
            client.getOutputStream().write(bytes(first));
            while (true) {
                client.getOutputStream().write(bytes(again));
            }
        });
    }

    @Test
    void dripsEndWithTheTimeout() throws Exception {
        try (Peer peer =
                Peer.of(client -> {
                    while (true) {
                        client.getOutputStream().write(bytes(SETTINGS));
                        Thread.sleep(20);
                    }
                })) {
            assertThat(peer.probedBriefly(GET))
                    .isEqualTo(ProbeResult.failed("no answer within 300 ms"));
        }
    }

    @Test
    void sendsTheRequestThatIsSaid() throws Exception {
        CompletableFuture<byte[]> header = new CompletableFuture<>();
        String value = "v".repeat(300);
        try (Peer peer =
                Peer.of(client -> {
                    InputStream in = client.getInputStream();
                    in.readNBytes(24 + 9 + 12);
                    byte[] frame = in.readNBytes(9);
                    header.complete(in.readNBytes(((frame[1] & 0xFF) << 8) | (frame[2] & 0xFF)));
                    client.getOutputStream().write(bytes(SETTINGS + OK));
                    in.transferTo(OutputStream.nullOutputStream());
                })) {
            HttpProbe probe =
                    http2().host("www.example.org")
                            .path("/health")
                            .header("X-Token", value)
                            .build();
            assertThat(peer.probed(probe).passed()).isTrue();
        }
        byte[] block = header.get(10, TimeUnit.SECONDS);
        String text = new String(block, StandardCharsets.ISO_8859_1);
        assertThat(text)
                .startsWith("\0\7:method\3GET\0\7:scheme\4http\0\12:authority\17www.example.org")
                .contains("\0\5:path\7/health\0\7x-token\177\u00ad\1" + value)
                .endsWith(value);
    }
}
