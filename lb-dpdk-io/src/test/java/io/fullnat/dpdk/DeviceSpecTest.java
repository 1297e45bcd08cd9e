// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceSpecTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0000:01:00.0               | 0000:01:00.0",
                "01:00.0                    | 0000:01:00.0",
                "0000:AF:1f.7,rx_vec=1      | 0000:af:1f.7,rx_vec=1",
                "net_null0,size=64          | net_null0,size=64",
                "eth_ring3                  | eth_ring3",
                "virtio_user0,path=/dev/vhost-net | virtio_user0,path=/dev/vhost-net,queues=2",
                "null:                      | net_null7",
                "null                       | net_null7",
                "null:size=64,copy=1        | net_null7,size=64,copy=1",
                "ring:                      | net_ring7",
                "tap:tap0,mac=fixed         | net_tap7,iface=tap0,mac=fixed",
                "pcap:in.pcap               | net_pcap7,rx_pcap=in.pcap",
                "pcap:in.pcap,out.pcap      | net_pcap7,rx_pcap=in.pcap,tx_pcap=out.pcap",
                "pcap:in.pcap,infinite_rx=1 | net_pcap7,rx_pcap=in.pcap,infinite_rx=1",
                "pcap:iface=eth0            | net_pcap7,iface=eth0",
                "memif:/run/m.sock,role=client"
                        + " | net_memif7,socket=/run/m.sock,role=client,socket-abstract=no",
                "af_xdp:eth0                | net_af_xdp7,iface=eth0,queue_count=2",
                "af_xdp:eth0,queue_count=1  | net_af_xdp7,iface=eth0,queue_count=1",
                "virtio_user:/dev/vhost-net | net_virtio_user7,path=/dev/vhost-net,queues=2",
                "vhost:/run/v.sock          | net_vhost7,iface=/run/v.sock,queues=2",
                "af_packet:eth0"
                        + " | net_af_packet7,iface=eth0,qpairs=2,blocksz=65536,framesz=2048,framecnt=4096",
                "net_af_packet0,iface=eth0,framecnt=512,qpairs=1"
                        + " | net_af_packet0,iface=eth0,framecnt=512,qpairs=1,blocksz=65536,framesz=2048",
            })
    void shouldBecomeDpdksOwnText(String text, String expected) {
        DeviceSpec device = DeviceSpec.parse(text);
        String name = device.numbered() ? device.name() + 7 : device.name();

        assertThat(DeviceArguments.of(device, name, 2, 1500)).isEqualTo(expected);
    }

    @Test
    void shouldGiveAfPacketFramesThatHoldTheMtu() {
        DeviceSpec device = DeviceSpec.parse("af_packet:eth0");

        assertThat(DeviceArguments.of(device, "net_af_packet0", 1, 9000))
                .endsWith("blocksz=65536,framesz=16384,framecnt=512");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "eth0",
                "af_packet",
                "af_packet:",
                "af_packet:,qpairs=2",
                "tap:iface=tap0",
                "null:size",
                "null:size=",
                "net_null0,=64",
                "net_null0,",
                "net null0",
                "0000:01:00.8",
                "0000:01:00",
                "warp:eth0",
                "pcap:a,b,c",
            })
    void shouldRefuseWhatIsNoDeviceAndNameIt(String text) {
        assertThatThrownBy(() -> DeviceSpec.parse(text))
                .isInstanceOfSatisfying(
                        BalancerException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContaining("\"" + text + "\"")
                .hasMessageContaining("af_packet:IFACE");
    }

    @Test
    void shouldRefuseANameLongerThanDpdkTakes() {
        assertThatThrownBy(() -> DeviceSpec.parse("net_" + "x".repeat(60)))
                .hasMessageContaining("longer than 56");
    }

    @Test
    void shouldRememberWhatWasWritten() {
        assertThat(DeviceSpec.parse("af_packet:veth0,qpairs=2"))
                .hasToString("af_packet:veth0,qpairs=2");
    }
}
