// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// IP headers of both families over poison, byte for byte; nothing is written behind them.
class InternetLayerTest {
    private static final byte POISON = (byte) 0xA5;
    private static final int BEHIND = 4;
    private static final String FROM = "0a0000ff";
    private static final String TO = "c0000201";
    private static final String WIDE_FROM = "20010db8000000000000000000000001";
    private static final String WIDE_TO = "fe80000000000000fedcba9876543210";

    private final NativeMemory memory = new NativeMemory();
    private final InternetLayer layer = new InternetLayer();
    private long ip;

    @AfterEach
    void free() {
        memory.close();
    }

    private void ipv4() {
        layer.addresses(0x0A0000FF, 0xC0000201);
    }

    private void ipv6() {
        layer.wideAddresses(0x20010DB8_00000000L, 1, 0xFE800000_00000000L, 0xFEDCBA98_76543210L);
    }

    private String write(int totalLength) {
        int length = layer.headerLength();
        ip = memory.poisoned(length + BEHIND);
        layer.write(ip, totalLength);
        layer.finish(ip);
        byte[] behind = new byte[BEHIND];
        Arrays.fill(behind, POISON);
        assertThat(Memory.toBytes(ip + length, BEHIND)).as("behind it").isEqualTo(behind);
        return HexFormat.of().formatHex(Memory.toBytes(ip, length));
    }

    /// The header of IPv4 but for its checksum.
    private String writeIpv4(int totalLength) {
        String all = write(totalLength);
        return all.substring(0, 20) + "...." + all.substring(24);
    }

    @Test
    void aPacketHasNoneUntilAddressesAreSaid() {
        assertThat(layer.isPresent()).isFalse();
        ipv4();
        assertThat(layer.isPresent()).isTrue();
        assertThat(layer.isIpv6()).isFalse();
    }

    @Test
    void theAddressesThatWereSaidLastTellTheFamily() {
        ipv6();
        assertThat(layer.isPresent()).isTrue();
        assertThat(layer.isIpv6()).isTrue();
        assertThat(layer.headerLength()).isEqualTo(40);
        ipv4();
        assertThat(layer.isIpv6()).isFalse();
        assertThat(layer.headerLength()).isEqualTo(20);
    }

    @Test
    void ipv4HasAllThatWasSaid() {
        ipv4();
        layer.timeToLive = 255;
        layer.typeOfService = 0xB9;
        layer.identification = 0xFEDC;
        layer.flagsAndFragment = 0x7FFF;
        layer.protocol = 0x84;

        assertThat(writeIpv4(0xFFFF)).isEqualTo("45b9fffffedc7fffff84...." + FROM + TO);
        assertThat(Checksum.isIpv4HeaderValid(ip)).isTrue();
    }

    @Test
    void ipv4SaysTheUsualOfWhatIsNotSaid() {
        ipv4();

        assertThat(writeIpv4(20)).isEqualTo("4500001400000000" + "4000...." + FROM + TO);
    }

    @Test
    void optionsOfIpv4StandBehindTheAddressesAndCount() {
        ipv4();
        layer.options = HexFormat.of().parseHex("0107040000000000");

        assertThat(layer.headerLength()).isEqualTo(28);
        assertThat(writeIpv4(100))
                .isEqualTo("4700006400000000" + "4000...." + FROM + TO + "0107040000000000");
        assertThat(Checksum.isIpv4HeaderValid(ip)).isTrue();
    }

    @Test
    void wrongValuesOfIpv4StandUnderAChecksumThatAgrees() {
        ipv4();
        layer.options = new byte[] {1, 1, 1, 1};
        layer.claimedTotalLength = 0;
        layer.claimedVersionAndLength = 0xF5;

        assertThat(writeIpv4(24))
                .isEqualTo("f500000000000000" + "4000...." + FROM + TO + "01010101");
        assertThat(Checksum.internet(ip, 24)).as("over the header that is there").isZero();
    }

    @Test
    void theChecksumOfIpv4CanBeDamagedAlone() {
        ipv4();
        String right = write(40);
        layer.checksumDamaged = true;
        String wrong = write(40);

        assertThat(Checksum.isIpv4HeaderValid(ip)).isFalse();
        int other = Integer.parseInt(right, 20, 24, 16) ^ 0x0100;
        assertThat(wrong)
                .isEqualTo(right.substring(0, 20) + "%04x".formatted(other) + right.substring(24));
    }

    @Test
    void ipv6HasAllThatWasSaid() {
        ipv6();
        layer.timeToLive = 1;
        layer.typeOfService = 0xB9;
        layer.flowLabel = 0xFFFFE;
        layer.protocol = 58;

        assertThat(write(40 + 0x1234)).isEqualTo("6b9ffffe12343a01" + WIDE_FROM + WIDE_TO);
    }

    @Test
    void eachExtensionHeaderNamesTheNextAndTheLastTheProtocol() {
        ipv6();
        layer.protocol = 17;
        layer.extensions.add(Ipv6Extension.hopByHop());
        layer.extensions.add(Ipv6Extension.destination((byte) 1, (byte) 5, (byte) 0));
        layer.extensions.add(Ipv6Extension.fragment(8, true, 0xCAFE));

        assertThat(layer.headerLength()).isEqualTo(64);
        assertThat(write(64 + 10))
                .isEqualTo(
                        "6000000000220040"
                                + WIDE_FROM
                                + WIDE_TO
                                + "3c00000000000000"
                                + "2c00010500000000"
                                + "110000090000cafe");
    }

    @Test
    void theOptionsOfIpv4AreNotThoseOfIpv6() {
        ipv6();
        layer.options = new byte[8];
        assertThat(layer.headerLength()).isEqualTo(40);
        ipv4();
        layer.extensions.add(Ipv6Extension.hopByHop());
        assertThat(layer.headerLength()).isEqualTo(28);
    }

    /// A total length in IPv6 is that of the payload and the fixed header.
    @ParameterizedTest
    @ValueSource(ints = {40, 41, 40 + 0xFFFF})
    void ipv6MayClaimAnotherLength(int claimed) {
        ipv6();
        layer.claimedTotalLength = claimed;

        assertThat(write(100))
                .isEqualTo(
                        "60000000"
                                + HexFormat.of().toHexDigits((short) (claimed - 40))
                                + "0040"
                                + WIDE_FROM
                                + WIDE_TO);
    }

    @Test
    void ipv6MayClaimAnotherVersion() {
        ipv6();
        layer.claimedVersionAndLength = 0x45;

        assertThat(write(40)).isEqualTo("4500000000000040" + WIDE_FROM + WIDE_TO);
    }

    /// There is no checksum to damage.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ipv6SaysTheUsualOfWhatIsNotSaid(boolean damaged) {
        ipv6();
        layer.checksumDamaged = damaged;

        assertThat(write(40)).isEqualTo("6000000000000040" + WIDE_FROM + WIDE_TO);
    }
}
