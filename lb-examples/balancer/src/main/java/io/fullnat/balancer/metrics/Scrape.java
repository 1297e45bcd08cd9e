// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/// What one client gets: read, and not yet written. Room for another is there when it is closed.
/// For one thread.
public final class Scrape implements AutoCloseable {
    private static final int BUFFER_BYTES = 65_536;

    private final Reading reading;
    private final Format format;
    private final boolean gzip;
    private final Runnable done;
    private final AtomicBoolean closed = new AtomicBoolean();

    Scrape(Reading reading, Format format, boolean gzip, Runnable done) {
        this.reading = reading;
        this.format = format;
        this.gzip = gzip;
        this.done = done;
    }

    /// The header `Content-Type`.
    ///
    /// @return with version and character set
    public String type() {
        return format.type();
    }

    /// The header `Content-Encoding`.
    ///
    /// @return `gzip`, or empty if the body is as it is
    public String encoding() {
        return gzip ? "gzip" : "";
    }

    /// Writes the body, and leaves the stream open.
    ///
    /// @param out where to
    /// @throws IOException as the stream does
    public void write(OutputStream out) throws IOException {
        OutputStream buffered = new BufferedOutputStream(out, BUFFER_BYTES);
        if (gzip) {
            Compressed compressed = new Compressed(buffered);
            try {
                reading.write(format, compressed);
                compressed.finish();
            } finally {
                compressed.end();
            }
        } else {
            reading.write(format, buffered);
        }
        buffered.flush();
    }

    /// Text of numbers gets a tenth of its size even by the fastest level.
    private static final class Compressed extends GZIPOutputStream {
        Compressed(OutputStream out) throws IOException {
            super(out, BUFFER_BYTES);
            def.setLevel(Deflater.BEST_SPEED);
        }

        void end() {
            def.end();
        }
    }

    /// Lets the next one begin. Idempotent.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            done.run();
        }
    }
}
