// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.pcap.CaptureInterface;
import io.fullnat.balancer.pcap.CaptureReader;
import io.fullnat.balancer.pcap.CapturedPacket;
import io.fullnat.balancer.text.Reason;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The frames of the captures that are to be replayed, with their ports. For one thread.
final class ReplayInput {
    private static final int MAX_FRAMES = 2_000_000;

    private final List<String> ports;
    private final List<ReplayedFrame> frames = new ArrayList<>();
    private Optional<BalancerException> damage = Optional.empty();
    private long room = Runtime.getRuntime().maxMemory() / 3;

    /// @param ports of the configuration
    ReplayInput(List<PortSettings> ports) {
        this.ports = ports.stream().map(PortSettings::name).toList();
    }

    /// Reads a capture to its end, or until where it is damaged.
    ///
    /// @param argument `FILE`, or `PORT=FILE` if the file does not name its port
    /// @throws BalancerException if it cannot be read, is no capture, or its frames are of no port
    void add(String argument) {
        Optional<Integer> said = port(argument);
        Path file =
                Path.of(
                        said.isPresent()
                                ? argument.substring(argument.indexOf('=') + 1)
                                : argument);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            CaptureReader reader = new CaptureReader(file.toString(), in);
            while (true) {
                CapturedPacket packet;
                try {
                    packet = reader.next();
                } catch (BalancerException e) {
                    damage = damage.or(() -> Optional.of(e));
                    return;
                }
                if (packet == null) {
                    return;
                }
                add(said.orElseGet(() -> port(file, packet.seenAt())), packet, file);
            }
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, file + " cannot be read: " + Reason.of(e), e);
        }
    }

    private void add(int port, CapturedPacket packet, Path file) {
        room -= packet.bytes().length + 128;
        if (room < 0 || frames.size() == MAX_FRAMES) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    file
                            + " has more than can be replayed at once ("
                            + frames.size()
                            + " frames were read); take a part of it: editcap -r FILE PART.pcapng"
                            + " 1-10000; or give more memory: FULLNAT_JAVA_OPTIONS=-Xmx2g");
        }
        frames.add(new ReplayedFrame(port, packet));
    }

    private Optional<Integer> port(String argument) {
        int equals = argument.indexOf('=');
        int port = equals < 0 ? -1 : ports.indexOf(argument.substring(0, equals));
        return port < 0 ? Optional.empty() : Optional.of(port);
    }

    private int port(Path file, CaptureInterface seenAt) {
        int port = ports.indexOf(seenAt.name());
        if (port >= 0) {
            return port;
        }
        if (ports.size() == 1) {
            return 0;
        }
        throw new BalancerException(
                ErrorCode.INVALID_ARGUMENT,
                file
                        + (seenAt.name().isEmpty()
                                ? " does not say at which port it was captured"
                                : " was captured at \"" + seenAt.name() + "\", which is no port")
                        + "; the configuration has "
                        + String.join(", ", ports)
                        + ": say which, as in "
                        + ports.getFirst()
                        + "="
                        + file);
    }

    /// What was read.
    ///
    /// @return in order of the times, frames of one time as they were read
    List<ReplayedFrame> frames() {
        List<ReplayedFrame> sorted = new ArrayList<>(frames);
        sorted.sort(Comparator.comparingLong(frame -> frame.packet().nanos()));
        return sorted;
    }

    /// What stopped the reading of a capture before its end.
    ///
    /// @return empty if all was read
    Optional<BalancerException> damage() {
        return damage;
    }
}
