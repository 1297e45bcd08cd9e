// SPDX-License-Identifier: Apache-2.0
/// For tests of packet I/O that somebody writes: its contract, and a seed.
@org.jspecify.annotations.NullMarked
module io.fullnat.testing {
    requires static org.jspecify;
    requires transitive io.fullnat.api;
    requires transitive org.junit.jupiter.api;

    exports io.fullnat.testing;

    opens io.fullnat.testing to
            org.junit.platform.commons;

    provides org.junit.jupiter.api.extension.Extension with
            io.fullnat.testing.SeedOnFailure;
}
