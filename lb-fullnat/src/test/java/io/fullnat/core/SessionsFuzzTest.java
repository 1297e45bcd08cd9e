// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Inputs of [SessionsFuzz] get as far as its services have something to do; `-Dupdate` writes them
/// into the corpus.
final class SessionsFuzzTest {
    private static final Path CORPUS = Path.of("src/test/corpus/sessions");
    private static final int PLAIN = SessionsFuzz.PLAIN;
    private static final int SERVER = SessionsFuzz.FROM_SERVER;

    private final ByteArrayOutputStream steps = new ByteArrayOutputStream();

    /// What is counted when a service has done its work.
    private static Counter reached(FuzzService what) {
        return switch (what) {
            case COOKIES_AND_OPTION -> Counter.SYN_PROXY_ESTABLISHED;
            case OPTION -> Counter.TOA_SENT;
            case COOKIES_AND_HEADER, HEADER -> Counter.PROXY_SENT;
            case TEXT_HEADER, DATAGRAM_HEADER -> Counter.PROXY_PASSED;
            case QUIC_LB, QUIC_DPVS -> Counter.QUIC_IDS_FOLLOWED;
            case DATAGRAM_OPTION -> Counter.UOA_SENT;
        };
    }

    private void step(int... bytes) {
        for (int one : bytes) {
            steps.write(one);
        }
    }

    /// A conversation of TCP, or two datagrams and an answer.
    private void session(FuzzService what, int place) {
        int data =
                switch (what) {
                    case TEXT_HEADER -> FuzzPayload.TEXT;
                    case COOKIES_AND_HEADER -> FuzzPayload.PIECE; // another form, too
                    default -> FuzzPayload.HEADER;
                };
        if (what.ordinal() < FuzzService.QUIC_LB.ordinal()) {
            step(0, place, 0, PLAIN, SessionsFuzz.SYN);
            step(0, place, 0, PLAIN, SessionsFuzz.ACK);
            step(SERVER, place, 0, PLAIN, SessionsFuzz.SYN);
            step(0, place, 0, PLAIN, SessionsFuzz.ACK);
            if (data == FuzzPayload.PIECE) {
                step(0, place, 0, PLAIN, SessionsFuzz.DATA, data, 0, 6);
                step(0, place, 0, PLAIN, SessionsFuzz.DATA, data, 80);
            } else {
                step(0, place, 0, PLAIN, SessionsFuzz.DATA, data, 0);
            }
            step(SERVER, place, 0, PLAIN, SessionsFuzz.DATA, 0);
            step(0, place, 0, PLAIN, SessionsFuzz.FIN);
            step(SERVER, place, 0, PLAIN, SessionsFuzz.FIN);
            return;
        }
        int payload =
                switch (what) {
                    case QUIC_LB -> FuzzPayload.SHORT;
                    case QUIC_DPVS -> FuzzPayload.DPVS;
                    default -> FuzzPayload.DATAGRAM_HEADER;
                };
        step(0, place, 0, PLAIN, 0, payload, 0, 0);
        step(0, place, 1, PLAIN, 0, payload, 1, 0);
        step(SERVER, place, 0, PLAIN, 0, FuzzPayload.OTHER, 1, 'x');
    }

    @ParameterizedTest
    @EnumSource
    void getsAsFarAsAServicesOwnWork(FuzzService what) throws IOException {
        Counter reached = reached(what);
        for (int i = 0; i < FuzzService.FAMILIES; i++) {
            int place = what.ordinal() * FuzzService.FAMILIES + i;
            steps.reset();
            session(what, place);
            byte[] input = steps.toByteArray();
            try (FuzzBalancer balancer = new FuzzBalancer()) {
                SessionsFuzz.run(new FuzzBytes(input), balancer);
                assertThat(balancer.count(Counter.CONNECTIONS)).isPositive();
                assertThat(balancer.count(reached))
                        .as("%s of place %d", reached, place)
                        .isPositive();
                assertThat(balancer.atClient).as("an answer").isNotEmpty();
                balancer.settle();
            }
            Path file = CORPUS.resolve("begin-%02d".formatted(place));
            if (Boolean.getBoolean("update")) {
                Files.createDirectories(CORPUS);
                Files.write(file, input);
            }
            assertThat(file).hasBinaryContent(input);
        }
    }
}
