// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.pcap.CapturedPacket.Direction;
import io.fullnat.testing.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What captures of other programs, old and new, right and damaged, are read as.
final class CaptureReaderTest {
    private static final byte[] FRAME =
            "\0\1\2\3\4\5\6\7\10\11\12\13\10\0some".getBytes(StandardCharsets.ISO_8859_1);
    private static final int MUTANTS = 20_000;

    private static List<CapturedPacket> read(byte[] bytes) {
        CaptureReader reader = new CaptureReader("x.pcap", new ByteArrayInputStream(bytes));
        List<CapturedPacket> packets = new ArrayList<>();
        for (CapturedPacket next = reader.next(); next != null; next = reader.next()) {
            packets.add(next);
        }
        return packets;
    }

    private static void refused(byte[] bytes, String... words) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> read(bytes))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .satisfies(e -> assertThat(e).hasMessageStartingWith("x.pcap: at byte "))
                .satisfies(e -> assertThat(e.getMessage()).contains(words));
    }

    private static ByteOrder order(String name) {
        return name.equals("big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    @ParameterizedTest
    @CsvSource({"a1b2c3d4,1000", "a1b23c4d,1"})
    void readsPcapOfEitherOrderWithMicrosecondsAndNanoseconds(String magic, int unit) {
        for (String order : List.of("big", "little")) {
            byte[] file =
                    new CaptureBuilder(order(order))
                            .pcapHeader((int) Long.parseLong(magic, 16), 1)
                            .pcapPacket(1_800_000_000, 999_999, FRAME)
                            .pcapPacket(-1, 5, new byte[0])
                            .bytes();

            List<CapturedPacket> packets = read(file);

            assertThat(packets).hasSize(2);
            assertThat(packets.getFirst().nanos())
                    .isEqualTo(1_800_000_000_000_000_000L + 999_999L * unit);
            assertThat(packets.getFirst().bytes()).isEqualTo(FRAME);
            assertThat(packets.get(1).nanos()).isEqualTo(0xFFFF_FFFFL * 1_000_000_000 + 5L * unit);
            assertThat(packets.get(1).isWhole()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"big", "little"})
    void readsPcapngOfSeveralSectionsAndInterfaces(String order) {
        CaptureBuilder file = new CaptureBuilder(order(order));
        byte[] name = file.option(2, "wan".getBytes(StandardCharsets.UTF_8));
        byte[] nanos = file.option(9, (byte) 9);
        file.section()
                .block(4, new byte[12])
                .addInterface(1, name, nanos, file.option(0))
                .addInterface(1)
                .packet(1, 1_000_001, FRAME)
                .packet(
                        0,
                        905_739_620,
                        FRAME,
                        file.option(1, (byte) 'a'),
                        file.option(1, (byte) 'b'))
                .block(3, new byte[8])
                .section()
                .addInterface(1, file.option(2, (byte) 'z'))
                .packet(0, 7, FRAME);

        List<CapturedPacket> packets = read(file.bytes());

        assertThat(packets)
                .extracting(CapturedPacket::nanos)
                .containsExactly(1_000_001_000L, 905_739_620L, 0L, 7_000L);
        assertThat(packets)
                .extracting(packet -> packet.seenAt().name())
                .containsExactly("", "wan", "wan", "z");
        assertThat(packets)
                .extracting(packet -> packet.seenAt().number())
                .containsExactly(1, 0, 0, 2);
        assertThat(packets.get(1).comment()).isEqualTo("a\nb");
    }

    @ParameterizedTest
    @CsvSource({
        "6,1500000,1500000000",
        "9,905739620,905739620",
        "3,1500,1500000000",
        "0,2,2000000000",
        "-118,1536,1500000000",
        "-65,4611686018427387904,500000000",
        "19,5000000000000000000,500000000"
    })
    void countsInWhatTheInterfaceSays(byte resolution, long time, long nanos) {
        CaptureBuilder file = new CaptureBuilder(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer hour = ByteBuffer.allocate(8);
        hour.order(ByteOrder.LITTLE_ENDIAN).putLong(3600);
        file.section()
                .addInterface(1, file.option(9, resolution), file.option(14, hour.array()))
                .packet(0, time, FRAME);

        assertThat(read(file.bytes()).getFirst().nanos()).isEqualTo(3_600_000_000_000L + nanos);
    }

    @Test
    void readsBackWhatIsWritten() throws IOException {
        CapturedPacket in =
                new CapturedPacket(
                        new CaptureInterface(1, "lan"),
                        1_800_000_000_905_739_620L,
                        Direction.IN,
                        OptionalInt.of(3),
                        77,
                        1514,
                        FRAME,
                        "NO_SERVICE – ü\nworker 3");
        CapturedPacket plain = CapturedPacket.plain(new CaptureInterface(0, "wan"), 5, 18, FRAME);

        List<CapturedPacket> packets = read(written(in, plain));

        assertThat(packets)
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(in, plain);
        assertThat(in.isWhole()).isFalse();
    }

    private static byte[] written(CapturedPacket... packets) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PcapngWriter writer = new PcapngWriter(out, "a test");
        writer.addInterface("wan", CaptureReader.MAX_PACKET);
        writer.addInterface("lan", CaptureReader.MAX_PACKET);
        for (CapturedPacket packet : packets) {
            writer.write(packet);
        }
        writer.statistics(0, 6, 12, 3);
        return out.toByteArray();
    }

    /// As other readers ask for: no more than libpcap takes, and a resolution that is a power of
    /// ten.
    @ParameterizedTest
    @ValueSource(ints = {14, CaptureReader.MAX_PACKET})
    void whatIsWrittenSaysItsLimitAndCountsInNanoseconds(int snapLength) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PcapngWriter writer = new PcapngWriter(out, "a test");
        int begin = out.size();
        writer.addInterface("wan", snapLength);
        ByteBuffer block = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        block.position(begin);

        assertThat(block.getInt()).isEqualTo(Pcapng.INTERFACE);
        block.getInt();
        assertThat(block.getShort()).as("Ethernet").isOne();
        block.getShort();
        assertThat(block.getInt()).as("snaplen").isEqualTo(snapLength).isLessThanOrEqualTo(262_144);
        assertThat(block.getInt()).as("if_name, 3").isEqualTo(3 << 16 | 2);
        block.getInt();
        assertThat(block.getInt()).as("if_tsresol, 1").isEqualTo(1 << 16 | 9);
        assertThat(block.get()).as("10^-9").isEqualTo((byte) 9);
    }

    /// Interfaces that say no limit in either way, and count in parts of two.
    @ParameterizedTest
    @CsvSource({"-1", "0", "-2147483648", "2147483647"})
    void aLimitThatIsNoneIsNoLimit(int snapLength) {
        for (String order : List.of("big", "little")) {
            CaptureBuilder file = new CaptureBuilder(order(order));
            file.section().addInterface(1, snapLength, file.option(9, (byte) (0x80 | 10)));
            file.packet(0, 1024 + 512, FRAME);
            file.words(Pcapng.SIMPLE_PACKET, 16 + 20, FRAME.length)
                    .raw(FRAME)
                    .raw(new byte[2])
                    .words(36);

            List<CapturedPacket> packets = read(file.bytes());

            assertThat(packets)
                    .extracting(CapturedPacket::nanos)
                    .containsExactly(1_500_000_000L, 0L);
            assertThat(packets).allSatisfy(packet -> assertThat(packet.bytes()).isEqualTo(FRAME));
        }
    }

    @Test
    void aCutIsToldWhereItIs() throws IOException {
        byte[] pcap =
                new CaptureBuilder(ByteOrder.BIG_ENDIAN)
                        .pcapHeader(0xA1B2C3D4, 1)
                        .pcapPacket(1, 2, FRAME)
                        .bytes();
        byte[] pcapng = written(CapturedPacket.plain(new CaptureInterface(0, "wan"), 5, 18, FRAME));
        for (byte[] whole : List.of(pcap, pcapng)) {
            int packets = 0;
            int cuts = 0;
            for (int length = 0; length < whole.length; length++) {
                byte[] cut = Arrays.copyOf(whole, length);
                try {
                    packets += read(cut).size();
                } catch (BalancerException e) {
                    cuts++;
                    assertThat(e)
                            .hasMessageMatching(
                                    "x.pcap: at byte \\d+, it (ends in the middle of"
                                            + " .*|is empty, and no capture)");
                }
            }
            assertThat(cuts).isGreaterThan(whole.length - 8);
            assertThat(packets).as("packets before a cut between blocks").isLessThan(3);
        }
    }

    @Test
    void whateverABitBecomesNoOtherErrorComesOfIt() throws IOException {
        byte[] whole =
                written(
                        new CapturedPacket(
                                new CaptureInterface(0, "wan"),
                                5,
                                Direction.OUT,
                                OptionalInt.of(1),
                                3,
                                18,
                                FRAME,
                                "comment"));
        RandomGenerator random = Seed.generator();
        int refused = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = whole.clone();
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                mutant[random.nextInt(mutant.length)] = (byte) random.nextInt();
            }
            try {
                read(mutant).forEach(packet -> FrameText.of(packet.bytes()));
            } catch (BalancerException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(MUTANTS / 10, MUTANTS - 1);
    }

    @Test
    void refusesWhatIsNoCaptureOfEthernet() {
        refused(new byte[0], "is empty");
        refused(new byte[] {1, 2}, "ends in the middle of its first word");
        refused("GET / HTTP/1.0".getBytes(StandardCharsets.UTF_8), "neither pcap nor pcapng");
        CaptureBuilder any = new CaptureBuilder(ByteOrder.LITTLE_ENDIAN);
        refused(any.pcapHeader(0xA1B2C3D4, 113).bytes(), "link type 113", "not at \"any\"");
        refused(
                new CaptureBuilder(ByteOrder.BIG_ENDIAN).section().addInterface(276).bytes(),
                "link type 276");
    }

    @Test
    void refusesLengthsThatNothingHas() {
        for (int length : new int[] {-1, 262_145, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            refused(
                    new CaptureBuilder(ByteOrder.BIG_ENDIAN)
                            .pcapHeader(0xA1B2C3D4, 1)
                            .words(1, 1, length, length)
                            .bytes(),
                    Integer.toUnsignedString(length) + " bytes, more than 262144");
            refused(
                    new CaptureBuilder(ByteOrder.BIG_ENDIAN).section().words(6, length).bytes(),
                    "cannot be its length");
            refused(
                    new CaptureBuilder(ByteOrder.BIG_ENDIAN).section().words(99, length).bytes(),
                    "cannot be its length");
        }
    }

    @Test
    void refusesBlocksThatContradictThemselves() {
        CaptureBuilder file = new CaptureBuilder(ByteOrder.BIG_ENDIAN);
        refused(file.section().packet(0, 1, FRAME).bytes(), "interface 0, of which there are 0");
        refused(
                new CaptureBuilder(ByteOrder.BIG_ENDIAN).section().words(99, 16, 0, 20).bytes(),
                "16 at its beginning and 20 at its end");
        refused(
                new CaptureBuilder(ByteOrder.BIG_ENDIAN)
                        .section()
                        .addInterface(1, file.option(9, (byte) 64))
                        .bytes(),
                "resolution");
        refused(
                new CaptureBuilder(ByteOrder.BIG_ENDIAN)
                        .section()
                        .addInterface(1)
                        .block(
                                6,
                                new byte[] {
                                    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 9
                                })
                        .bytes(),
                "in a smaller block");
    }
}
