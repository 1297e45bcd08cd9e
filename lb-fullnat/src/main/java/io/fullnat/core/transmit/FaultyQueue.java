// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.Refusal;

/// Takes the place of a port's queue from the first time that it throws, so that queues which do
/// not throw are called without any check: the worker goes on with its other ports, and asks this
/// one again after a [Pause].
public final class FaultyQueue implements PortQueue {
    private final PortQueue queue;
    private final String port;
    private final FaultLog faults;
    private final Pause receiving = new Pause();
    private final Pause sending = new Pause();

    /// In the place of a queue that has just thrown.
    ///
    /// @param queue whose place it takes
    /// @param port its port's name
    /// @param faults where its faults end
    public FaultyQueue(PortQueue queue, String port, FaultLog faults) {
        this.queue = queue;
        this.port = port;
        this.faults = faults;
    }

    /// Notes that receiving has thrown.
    ///
    /// @param fault what
    /// @param burst was to be filled: what had been put into it when the port failed is received
    /// @return packets in the burst
    public int receivingFailed(Throwable fault, PacketBurst burst) {
        receiving.failed();
        faults.report("receiving from port " + port, fault);
        return burst.size();
    }

    /// Notes that sending has thrown: nothing was sent.
    ///
    /// @param fault what
    public void sendingFailed(Throwable fault) {
        sending.failed();
        faults.report("sending by port " + port, fault);
    }

    @Override
    public int receive(PacketBurst burst) {
        burst.clear();
        if (receiving.lasts()) {
            return 0;
        }
        try {
            int received = queue.receive(burst);
            receiving.succeeded();
            return received;
        } catch (Throwable fault) {
            return receivingFailed(fault, burst);
        }
    }

    @Override
    public int transmit(PacketBurst burst) {
        if (sending.lasts()) {
            return 0;
        }
        try {
            int sent = queue.transmit(burst);
            sending.succeeded();
            return sent;
        } catch (Throwable fault) {
            sendingFailed(fault);
            return 0;
        }
    }

    @Override
    public Refusal refusal() {
        if (sending.lasts()) {
            return Refusal.BUSY;
        }
        try {
            return queue.refusal();
        } catch (Throwable fault) {
            sendingFailed(fault);
            return Refusal.BUSY;
        }
    }
}
