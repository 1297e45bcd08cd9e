// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeTarget;
import org.jspecify.annotations.Nullable;

/// Where connections get their sockets: of the kernel where it may be called, else of the Java
/// runtime. For one thread at a time.
final class ConnectSockets {
    private final boolean mayCall;
    private @Nullable KernelSockets kernel;

    /// @param mayCall whether functions of the kernel may be called
    ConnectSockets(boolean mayCall) {
        this.mayCall = mayCall;
    }

    /// Whether they may: this is Linux, on a processor whose numbers of options are known, and the
    /// JVM was started with the right to do so.
    static boolean mayCall() {
        String processor = System.getProperty("os.arch");
        return System.getProperty("os.name").equals("Linux")
                && (processor.equals("amd64") || processor.equals("aarch64"))
                && ConnectSockets.class.getModule().isNativeAccessEnabled();
    }

    /// A socket.
    ///
    /// @throws CannotAskException if there is none
    ConnectSocket open(ProbeTarget target) throws CannotAskException {
        if (!mayCall || !KernelSockets.serves(target)) {
            return ChannelSocket.of(target);
        }
        KernelSockets own = kernel;
        if (own == null) {
            own = new KernelSockets();
            kernel = own;
        }
        return own.open(target);
    }

    /// Nobody is asked for now: keeps none.
    void rest() {
        if (kernel != null) {
            kernel.close();
        }
    }
}
