// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Endpoint;
import io.fullnat.api.service.QuicConfig;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.ServicePolicy;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/// Datagrams of QUIC of the length of [PacketMaker]'s, with short headers whose connection ids name
/// real servers, as QUIC-LB has them: flows take the servers in turn, and all of a server have one
/// id, in clear or encrypted.
public final class QuicMaker extends FrameMaker {
    private static final String LAYOUT = "config 0 server-id 8 nonce 8";
    private static final String KEY = "8f95f09245765f80256934e50c66207f";

    /// How ids are read in clear.
    static final QuicRouting CLEAR = new QuicRouting.QuicLb(configs(LAYOUT));

    /// How ids of one encrypted block are read.
    static final QuicRouting ENCRYPTED = new QuicRouting.QuicLb(configs(LAYOUT + " key " + KEY));

    /// Ids are hashed, whatever they name.
    static final Map<String, String> HASHED = Map.of("hash", "quic");

    /// A short header and the id's first byte, of configuration 0.
    private static final int ID_OFFSET = 2;

    private static final int PAYLOAD = 18;
    private static final byte SHORT_HEADER = 0x40;

    private final PacketMaker[] ofServers;

    private QuicMaker(PacketMaker[] ofServers) {
        this.ofServers = ofServers;
    }

    private static List<QuicConfig> configs(String line) {
        return List.of(QuicConfig.parse(line));
    }

    /// What stands in the ids of clients of a service.
    ///
    /// @return empty if its clients speak no QUIC
    static Optional<QuicRouting> of(ServicePolicy policy) {
        return policy.schedulerOptions().equals(HASHED) ? Optional.of(CLEAR) : policy.quic();
    }

    /// The id of a server as it is told to the balancer.
    ///
    /// @param server its index
    static String serverId(int server) {
        return String.format(Locale.ROOT, "%016x", 0xED79_3A51_D49B_0000L + server);
    }

    /// Datagrams.
    ///
    /// @param arena of the templates
    /// @param service to which they go
    /// @param serverPort of all real servers
    /// @param routing [#CLEAR] or [#ENCRYPTED]
    /// @param servers how many
    static QuicMaker of(
            Arena arena, Endpoint service, int serverPort, QuicRouting routing, int servers) {
        PacketMaker[] makers = new PacketMaker[servers];
        Arrays.setAll(
                makers,
                server ->
                        PacketMaker.udp(
                                arena,
                                service,
                                serverPort,
                                payload(server, routing.equals(ENCRYPTED))));
        return new QuicMaker(makers);
    }

    private static byte[] payload(int server, boolean encrypted) {
        byte[] id =
                ByteBuffer.allocate(Long.BYTES * 2)
                        .put(HexFormat.of().parseHex(serverId(server)))
                        .putLong(0x1234_5678_9ABC_DEF0L * (server + 1)) // a nonce
                        .array();
        return ByteBuffer.allocate(PAYLOAD)
                .put(SHORT_HEADER)
                .put(ID_OFFSET - 1, (byte) 0)
                .position(ID_OFFSET)
                .put(encrypted ? encrypted(id) : id)
                .array();
    }

    private static byte[] encrypted(byte[] block) {
        try {
            Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
            cipher.init(
                    Cipher.ENCRYPT_MODE, new SecretKeySpec(HexFormat.of().parseHex(KEY), "AES"));
            return cipher.doFinal(block);
        } catch (GeneralSecurityException missing) { // each Java platform has it
            throw new IllegalStateException(missing);
        }
    }

    @Override
    public int length() {
        return PacketMaker.LENGTH;
    }

    @Override
    public void make(int flow, long data) {
        ofServers[flow % ofServers.length].make(flow, data);
    }

    @Override
    public boolean isToServer(long data) {
        return ofServers[0].isToServer(data);
    }

    @Override
    public void answer(long data) {
        ofServers[0].answer(data);
    }
}
