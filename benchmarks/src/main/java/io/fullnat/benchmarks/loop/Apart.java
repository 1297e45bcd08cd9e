// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// Makes objects on a thread of their own, so that they lie apart from those of others: workers
/// count in theirs for each packet, and must not find them in one cache line.
final class Apart {
    private Apart() {}

    static <T> T make(Supplier<T> maker) {
        CompletableFuture<T> made = new CompletableFuture<>();
        Thread.ofPlatform()
                .start(() -> {
                    try {
                        made.complete(maker.get());
                    } catch (RuntimeException | Error failure) {
                        made.completeExceptionally(failure);
                    }
                });
        return made.join();
    }
}
