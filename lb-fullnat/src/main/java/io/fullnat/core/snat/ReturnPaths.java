package io.fullnat.core.snat;

import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.ReceiveSideScaling;
import java.util.List;
import java.util.Optional;

/// The return paths of a balancer, by port. Predicted if every port says how it spreads packets,
/// and over the workers' queues exactly, since a worker without packets could not choose a port;
/// otherwise by local port, for all ports alike, because a worker has one set of ports to choose
/// from. Immutable and thread-safe.
public final class ReturnPaths {
    private final ReturnPath[] byPort;
    private final int workers;
    private final boolean predicted;

    /// The paths of a balancer.
    ///
    /// @param ports in order
    /// @param workers how many workers there are; worker *i* reads queue *i* of each port
    public ReturnPaths(List<? extends PacketPort> ports, int workers) {
        this.workers = workers;
        predicted = workers > 1 && ports.stream().allMatch(port -> isPredictable(port, workers));
        byPort = new ReturnPath[ports.size()];
        for (int port = 0; port < byPort.length; port++) {
            byPort[port] =
                    predicted
                            ? new ReturnPath.ByHash(scaling(ports.get(port)).orElseThrow())
                            : new ReturnPath.ByPort(workers);
        }
    }

    private static boolean isPredictable(PacketPort port, int workers) {
        return scaling(port).filter(scaling -> scaling.isOver(workers)).isPresent();
    }

    private static Optional<ReceiveSideScaling> scaling(PacketPort port) {
        return port.receiveSideScaling();
    }

    /// Whether answers arrive at the worker that awaits them.
    ///
    /// @return false if some are handed over
    public boolean isPredicted() {
        return predicted;
    }

    /// The path of answers that arrive at a port.
    ///
    /// @param port its number
    /// @return the path
    public ReturnPath path(int port) {
        return byPort[port];
    }

    /// The ports that a worker chooses from.
    ///
    /// @param worker its number
    /// @return its share, or all if a port's owner depends on the rest of the tuple
    public PortPartition ports(int worker) {
        return predicted ? new PortPartition(0, 1) : new PortPartition(worker, workers);
    }

    /// How many workers use each of those ports.
    ///
    /// @return 1 if they are shared out
    public int users() {
        return predicted ? workers : 1;
    }
}
