// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.Protocol;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.core.persistence.ClientTemplates;

/// A request as the scheduler of a service with persistence sees it: the client is the whole
/// network that is one client to the service, and has no port. So a scheduler that hashes gives all
/// its connections the same server, on any worker and any balancer, also where no template is left.
/// One object a worker, filled again for each; for the worker's thread.
final class KnownClient implements ConnectionRequest {
    private Protocol protocol = Protocol.TCP;
    private long high;
    private long low;
    private long destinationHigh;
    private long destinationLow;
    private int destinationPort;

    /// Takes the next request.
    void set(ConnectionRequest request, ClientTemplates templates) {
        protocol = request.protocol();
        high = templates.high(request.clientAddressHigh());
        low = templates.low(request.clientAddressHigh(), request.clientAddressLow());
        destinationHigh = request.destinationAddressHigh();
        destinationLow = request.destinationAddressLow();
        destinationPort = request.destinationPort();
    }

    @Override
    public Protocol protocol() {
        return protocol;
    }

    @Override
    public long clientAddressHigh() {
        return high;
    }

    @Override
    public long clientAddressLow() {
        return low;
    }

    @Override
    public int clientPort() {
        return 0;
    }

    @Override
    public long destinationAddressHigh() {
        return destinationHigh;
    }

    @Override
    public long destinationAddressLow() {
        return destinationLow;
    }

    @Override
    public int destinationPort() {
        return destinationPort;
    }
}
