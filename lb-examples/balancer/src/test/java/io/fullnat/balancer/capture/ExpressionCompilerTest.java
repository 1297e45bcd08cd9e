// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.pcap.FilterCompiler;
import io.fullnat.core.capture.BpfInstruction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Expressions that the balancer itself compiles.
@Timeout(60)
final class ExpressionCompilerTest {
    private static final List<BpfInstruction> ALL = List.of(new BpfInstruction(6, 0, 0, 262_144));

    private static ExpressionCompiler of(Function<String, List<BpfInstruction>> compiler) {
        return new ExpressionCompiler(compiler, Duration.ofSeconds(30));
    }

    private static void refuses(ExpressionCompiler compiler, String expression, ErrorCode code) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> compiler.compile(expression))
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void libpcapCompilesThem() {
        ExpressionCompiler compiler = new ExpressionCompiler();
        assertThat(compiler.compile("udp port 53"))
                .isEqualTo(FilterCompiler.compile("udp port 53"));
        refuses(compiler, "udp prt 53", ErrorCode.INVALID_ARGUMENT);
        assertThat(compiler.compile("tcp")).isNotEmpty();
    }

    /// The deepest and the widest that there is room for.
    @Test
    void longOnesAreCompiledAndLongerOnesRefused() {
        ExpressionCompiler compiler = new ExpressionCompiler();
        for (String part : List.of("tcp or ", "not ", "(", "port 7 and ")) {
            String unfinished = part.repeat(ExpressionCompiler.MAX_LENGTH / part.length());
            refuses(compiler, unfinished, ErrorCode.INVALID_ARGUMENT);
        }
        int deep = (ExpressionCompiler.MAX_LENGTH - 3) / 2;
        assertThat(compiler.compile("(".repeat(deep) + "tcp" + ")".repeat(deep))).isNotEmpty();
        assertThat(compiler.compile("not ".repeat(255) + "tcp")).isNotEmpty();
        String ports =
                IntStream.rangeClosed(1, 75)
                        .mapToObj(port -> "port " + (1000 + 2 * port))
                        .collect(Collectors.joining(" or "));
        assertThat(ports.length()).isBetween(950, ExpressionCompiler.MAX_LENGTH);
        assertThat(compiler.compile(ports)).hasSizeGreaterThan(150);
        String longest = "tcp" + " ".repeat(ExpressionCompiler.MAX_LENGTH - 3);
        assertThat(compiler.compile(longest)).isEqualTo(compiler.compile("tcp"));
        refuses(compiler, longest + " ", ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void aMissingLibraryIsToldAndTheNextOneTried() {
        ExpressionCompiler compiler =
                of(expression -> {
                    if (expression.equals("tcp")) {
                        throw new BalancerException(ErrorCode.MISSING_LIBRARY, "no libpcap");
                    }
                    return ALL;
                });
        for (int i = 0; i < 3; i++) {
            refuses(compiler, "tcp", ErrorCode.MISSING_LIBRARY);
        }
        assertThat(compiler.compile("udp")).isEqualTo(ALL);
    }

    @Test
    void afterAFaultTheNextOneIsCompiled() {
        ExpressionCompiler compiler =
                of(expression -> {
                    if (expression.equals("tcp")) {
                        throw new IllegalStateException("a fault");
                    }
                    return ALL;
                });
        assertThatThrownBy(() -> compiler.compile("tcp")).hasRootCauseMessage("a fault");
        assertThat(compiler.compile("udp")).isEqualTo(ALL);
    }

    @Test
    void oneThatTakesLongIsNotAwaitedAndNoOtherBegins() throws InterruptedException {
        CountDownLatch released = new CountDownLatch(1);
        ExpressionCompiler compiler =
                new ExpressionCompiler(
                        expression -> {
                            try {
                                released.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            return ALL;
                        },
                        Duration.ofMillis(1));
        assertThatThrownBy(() -> compiler.compile("host nobody.example"))
                .hasMessageContaining("not compiled after 1 ms");
        assertThatThrownBy(() -> compiler.compile("tcp"))
                .hasMessageContaining("another capture is being compiled");
        released.countDown();
        while (true) {
            try {
                assertThat(compiler.compile("tcp")).isEqualTo(ALL);
                break;
            } catch (BalancerException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.CAPACITY);
                Thread.sleep(1);
            }
        }
    }
}
