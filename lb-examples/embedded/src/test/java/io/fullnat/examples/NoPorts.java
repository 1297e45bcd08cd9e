// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import java.util.List;
import java.util.OptionalInt;

/// Ports of an application's own, none yet.
record NoPorts() implements PacketIo {
    @Override
    public List<? extends PacketPort> ports() {
        return List.of();
    }

    @Override
    public BufferPool buffers(int worker) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void attachWorker(int worker, OptionalInt cpu) {}

    @Override
    public void detachWorker(int worker) {}

    @Override
    public void close() {}
}
