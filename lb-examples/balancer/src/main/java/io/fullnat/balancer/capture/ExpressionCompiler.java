// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.pcap.FilterCompiler;
import io.fullnat.core.capture.BpfInstruction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/// Compiles filter expressions of clients in the balancer's own process: short ones, one at a time,
/// and each on a thread of its own, as libpcap looks up the names in them and holds the thread that
/// calls it for so long. Thread-safe.
public final class ExpressionCompiler {
    /// So long an expression may be.
    public static final int MAX_LENGTH = 1024;

    /// For so long one is waited for.
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /// The compiler goes as deep as an expression has terms.
    private static final long STACK_BYTES = 8L << 20;

    private final Function<String, List<BpfInstruction>> compiler;
    private final Duration patience;
    private final AtomicBoolean busy = new AtomicBoolean();

    /// By libpcap, which is loaded when it is first needed.
    public ExpressionCompiler() {
        this(FilterCompiler::compile, PATIENCE);
    }

    ExpressionCompiler(Function<String, List<BpfInstruction>> compiler, Duration patience) {
        this.compiler = compiler;
        this.patience = patience;
    }

    /// Compiles.
    ///
    /// @param expression as for tcpdump
    /// @return a program, not empty
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if the expression is wrong or too
    ///   long; [ErrorCode#MISSING_LIBRARY] if libpcap is not there; [ErrorCode#CAPACITY] if another
    ///   one is being compiled, or this one takes too long
    public List<BpfInstruction> compile(String expression) {
        if (expression.length() > MAX_LENGTH) {
            throw Refusal.invalid(
                    "the filter has "
                            + expression.length()
                            + " characters, more than "
                            + MAX_LENGTH);
        }
        if (!busy.compareAndSet(false, true)) {
            throw new BalancerException(
                    ErrorCode.CAPACITY,
                    "the filter of another capture is being compiled; ask again later");
        }
        CompletableFuture<List<BpfInstruction>> result = new CompletableFuture<>();
        try {
            Thread.ofPlatform()
                    .daemon()
                    .name("capture-filter")
                    .stackSize(STACK_BYTES)
                    .start(() -> compileInto(result, expression));
        } catch (Throwable e) { // no thread can be made
            busy.set(false);
            throw e;
        }
        return await(result);
    }

    private void compileInto(CompletableFuture<List<BpfInstruction>> result, String expression) {
        List<BpfInstruction> program;
        try {
            program = compiler.apply(expression);
        } catch (Throwable e) {
            busy.set(false);
            result.completeExceptionally(e);
            return;
        }
        busy.set(false); // before anybody knows of it and asks for the next one
        result.complete(program);
    }

    private List<BpfInstruction> await(CompletableFuture<List<BpfInstruction>> result) {
        try {
            return result.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new BalancerException(
                    ErrorCode.CAPACITY,
                    "the filter is not compiled after "
                            + patience.toMillis()
                            + " ms; it may have names that are looked up: say their addresses",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BalancerException(ErrorCode.CLOSED, "the balancer is being closed", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BalancerException refused) {
                throw refused;
            }
            throw new CompletionException(e);
        }
    }
}
