// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.set;

import org.jspecify.annotations.Nullable;

/// The connection that sets are asked for. One object a worker, filled again for each; a field for
/// each thing, since a set that asks for one thing is asked more often than any other.
public final class SetQuestion {
    /// A link address or a device that is not known any more.
    public static final int UNKNOWN = 0;

    long clientHigh;
    long clientLow;
    long destinationHigh;
    long destinationLow;
    int clientPort;
    int destinationPort;
    long mac;
    int device;

    private @Nullable UseCount admitting;

    /// Takes the client of the next connection.
    ///
    /// @param protocol the number of its protocol
    /// @param high first half of its address
    /// @param low last half
    /// @param port its port
    public void client(int protocol, long high, long low, int port) {
        clientHigh = high;
        clientLow = low;
        clientPort = protocol << 16 | port;
    }

    /// The first half of the client's address.
    ///
    /// @return 0 for IPv4
    public long clientHigh() {
        return clientHigh;
    }

    /// The last half.
    ///
    /// @return of 128 bits
    public long clientLow() {
        return clientLow;
    }

    /// Notes the rule that has admitted it by a set.
    ///
    /// @param count the rule's; null if no set was decisive
    public void admittedBy(@Nullable UseCount count) {
        admitting = count;
    }

    /// The connection has begun: the rule that has admitted it is counted.
    ///
    /// @param worker that has opened it
    public void begun(int worker) {
        if (admitting != null) {
            admitting.add(worker);
        }
    }

    /// Takes where it goes.
    ///
    /// @param protocol the number of its protocol
    /// @param high first half of the address
    /// @param low last half
    /// @param port the port
    public void destination(int protocol, long high, long low, int port) {
        destinationHigh = high;
        destinationLow = low;
        destinationPort = protocol << 16 | port;
    }

    /// Takes what is known of its frame.
    ///
    /// @param station the link address that sent it, or [#UNKNOWN]
    /// @param number of the device by which it came
    public void frame(long station, int number) {
        mac = station;
        device = number;
    }
}
