// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.structure;

import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.quic.QuicId;
import io.fullnat.core.quic.QuicRouter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Reading a packet's QUIC connection id and finding the real server that it names, the last of
/// all: what a connection that begins so costs besides.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class QuicRouterBenchmark {
    /// What stands in ids.
    public enum Layout {
        /// The layout of DPVS.
        DPVS("dpvs", "00307fa01bb1234567890a", ""),
        /// QUIC-LB without a key.
        CLEAR("config 0 server-id 3 nonce 4", "07c4605e4504cc4f", "c4605e"),
        /// QUIC-LB, one block.
        ONE_BLOCK(KEY_8_8, "004dd2d05a7b0de9b2b9907afb5ecf8cc3", "ed793a51d49b8f5f"),
        /// QUIC-LB, three passes of four.
        THREE_PASSES(KEY_3_4, "0720b1d07b359d3c", "ed793a"),
        /// QUIC-LB, four passes.
        FOUR_PASSES(KEY_10_5, "0fcc381bc74cb4fbad2823a3d1f8fed2", "ed793a51d49b8f5fab65");

        private final String line;
        private final String id;
        private final String server;

        Layout(String line, String id, String server) {
            this.line = line;
            this.id = id;
            this.server = server;
        }
    }

    private static final String KEY = " key 8f95f09245765f80256934e50c66207f";
    private static final String KEY_8_8 = "config 0 server-id 8 nonce 8" + KEY;
    private static final String KEY_3_4 = "config 0 server-id 3 nonce 4" + KEY;
    private static final String KEY_10_5 = "config 0 server-id 10 nonce 5" + KEY;

    /// What stands in ids.
    @Param public Layout layout;

    /// How many real servers there are.
    @Param({"10", "1000"})
    public int servers;

    private final QuicId id = new QuicId();
    private QuicRouter router;
    private long payload;
    private int length;

    /// Makes the router and a packet with a short header.
    @Setup
    public void prepare() {
        List<RealServer> all = new ArrayList<>();
        for (int i = 1; i < servers; i++) {
            all.add(RealServer.of("10.1." + i / 250 + "." + (1 + i % 250), 443));
        }
        RealServer.Builder last = RealServer.of("10.9.7.250", 443).toBuilder();
        if (!layout.server.isEmpty()) {
            last.quicIds(List.of(layout.server));
        }
        all.add(last.build());
        router = QuicRouter.of(QuicRouting.parse(List.of(layout.line)).orElseThrow(), all);
        byte[] bytes = HexFormat.of().parseHex("40" + layout.id + "00".repeat(24));
        MemorySegment memory = Arena.global().allocate(bytes.length);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        payload = memory.address();
        length = bytes.length;
        if (route() != servers - 1) {
            throw new IllegalStateException("the id names another server");
        }
    }

    /// One packet.
    ///
    /// @return the index of its server
    @Benchmark
    public int route() {
        id.read(payload, length);
        return router.find(id);
    }
}
