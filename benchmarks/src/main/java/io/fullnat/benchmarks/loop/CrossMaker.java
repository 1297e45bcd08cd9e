// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.core.packet.Ethernet;

/// Frames of clients of one family whose real servers are of the other: what clients send is made
/// by the maker of theirs, answers by that of the servers'.
public final class CrossMaker extends FrameMaker {
    private final FrameMaker client;
    private final FrameMaker server;
    private final int serverType;

    /// Frames between families.
    ///
    /// @param client makes what clients send
    /// @param server makes what servers answer, of the other family
    CrossMaker(FrameMaker client, FrameMaker server) {
        this.client = client;
        this.server = server;
        serverType = server instanceof PacketMaker ? Ethernet.TYPE_IPV4 : Ethernet.TYPE_IPV6;
    }

    @Override
    public int length() {
        return client.length();
    }

    @Override
    public int answerLength() {
        return server.length();
    }

    @Override
    public void make(int flow, long data) {
        client.make(flow, data);
    }

    @Override
    public boolean isToServer(long data) {
        return Ethernet.type(data) == serverType && server.isToServer(data);
    }

    @Override
    public void answer(long data) {
        server.answer(data);
    }
}
