// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import io.fullnat.api.health.Announce;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.PingProbe;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.SlowStart;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.Ending;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.Persistence.Quiesced;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.api.service.ServicePolicy.Removal;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TableShare;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.text.QuotedWord;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an attribute's description makes of words and values.
final class AttributeTest {
    private static final String KEY = "8f95f09245765f80256934e50c66207f";
    private static final String CONFIG = "config 0 server-id 3 nonce 4 key " + KEY;
    private static final VirtualService PLAIN =
            VirtualService.of(ServiceKey.group(Protocol.UDP, "all"));
    private static final VirtualService SET =
            PLAIN.withScheduler("rr")
                    .withFrontends(
                            List.of(
                                    Frontend.parse("192.0.2.80:0"),
                                    Frontend.parse("192.0.2.80:1-9")))
                    .withConnectionTimeout(Duration.ofMinutes(5))
                    .withPolicy(
                            PLAIN.policy()
                                    .withSchedulerOptions(Map.of("b", "2", "a", "1"))
                                    .withRefusal(Refusal.DROP)
                                    .withRemoval(Removal.END)
                                    .withTimeouts(Timeouts.DNS)
                                    .withExpiresQuiescent(true)
                                    .withProxyProtocol(ProxyProtocol.V2)
                                    .withQuic(QuicRouting.parse(List.of(CONFIG)))
                                    .withPersistence(
                                            Optional.of(
                                                    Persistence.of(Duration.ofMinutes(5))
                                                            .withLengths(24, 128)
                                                            .withQuiesced(Quiesced.HONOUR)))
                                    .withHealth(
                                            HealthPolicy.builder()
                                                    .checks(
                                                            List.of(
                                                                    HealthCheck.of(
                                                                            new PingProbe())))
                                                    .passive(Optional.of(PassiveCheck.DEFAULT))
                                                    .slowStart(
                                                            SlowStart.over(Duration.ofSeconds(30)))
                                                    .maxEjected(50)
                                                    .lastServer(HealthPolicy.LastServer.KEEP)
                                                    .quorum(new Quorum(10, 2))
                                                    .endConnections(true)
                                                    .announce(Announce.ALWAYS)
                                                    .build())
                                    .withLimits(
                                            new ServiceLimits(100, 10, 50)
                                                    .withHalfOpen(70)
                                                    .withRate(
                                                            Optional.of(
                                                                    ConnectionRate.parse("0.5")))
                                                    .withRatePerNetwork(
                                                            Optional.of(
                                                                    ConnectionRate.parse("5,20")))
                                                    .withPackets(
                                                            Optional.of(
                                                                    TrafficLimit.of(
                                                                            Unit.PACKETS, 5000)))
                                                    .withBandwidth(
                                                            Optional.of(
                                                                    TrafficLimit.parse(
                                                                            Unit.BITS, "2.5G,1M")))
                                                    .withProportion(80)
                                                    .withTableShare(new TableShare(50, 10)))
                                    .withDisclosure(
                                            ClientDisclosure.NONE
                                                    .withToaKind(252)
                                                    .withUoa(ClientDisclosure.Uoa.OPP)
                                                    .withUoaPackets(7)
                                                    .withProxyTlvs(
                                                            ProxyTlv.parse("crc32c,service")))
                                    .withDescription("a 'b' c"));

    /// Which a service of UDP cannot have.
    private static final Set<String> OF_TCP =
            Set.of(
                    "isn",
                    "tcp-timestamps",
                    "mss",
                    "syn-proxy",
                    "end-with",
                    "reset-on-expiry",
                    "out-of-window");

    private static Attribute<VirtualService, ?> service(String name) {
        return ServiceAttributes.ALL.stream()
                .filter(attribute -> attribute.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void namesAreGivenOnce() {
        for (List<? extends Attribute<?, ?>> all :
                List.of(ServiceAttributes.ALL, ServerAttributes.ALL)) {
            Set<String> seen = new HashSet<>();
            for (Attribute<?, ?> attribute : all) {
                assertThat(seen.add("key " + attribute.name())).isTrue();
                assertThat(seen.add("ipvsadm " + attribute.ipvsadmOption())).isTrue();
                assertThat(seen.add("list " + attribute.listingField())).isTrue();
                assertThat(seen.add("model " + attribute.restField())).isTrue();
                attribute.letter().ifPresent(one -> assertThat(seen.add("-" + one)).isTrue());
            }
        }
    }

    /// Whatever is set comes back from the words that rules and lists have for it.
    @Test
    void wordsComeBack() {
        VirtualService copy = PLAIN;
        Attribute<VirtualService, ?> onePacket = service("one-packet"); // not beside quic
        assertThat(onePacket.edit("-o", "yes").apply(PLAIN).policy().onePacket()).isTrue();
        for (Attribute<VirtualService, ?> attribute : ServiceAttributes.ALL) {
            if (attribute == onePacket || OF_TCP.contains(attribute.name())) {
                continue;
            }
            assertThat(attribute.isSet(PLAIN)).as(attribute.name()).isFalse();
            assertThat(attribute.isSet(SET))
                    .as(attribute.name())
                    .isEqualTo(!attribute.name().equals("toa")); // of TCP
            String word = QuotedWord.split(attribute.words(SET)).getFirst();
            copy = attribute.edit(attribute.verbOption(), word).apply(copy);
        }
        assertThat(copy).isEqualTo(SET);
        List<UnaryOperator<VirtualService>> resets =
                ServiceAttributes.ALL.stream()
                        .<UnaryOperator<VirtualService>>map(attribute -> attribute::reset)
                        .toList();
        assertThat(Edits.apply(copy, resets)).isEqualTo(PLAIN);
        RealServer server = RealServer.of("10.0.1.11", 80).withWeight(7);
        RealServer limited =
                server.toBuilder()
                        .inhibited(true)
                        .maxConnections(9)
                        .resumeBelow(7)
                        .quicIds(List.of("0a", "0b0c"))
                        .build();
        RealServer same = RealServer.of("10.0.1.11", 80);
        for (Attribute<RealServer, ?> attribute : ServerAttributes.ALL) {
            String word = QuotedWord.split(attribute.words(limited)).getFirst();
            same = attribute.edit(attribute.verbOption(), word).apply(same);
        }
        assertThat(same).isEqualTo(limited);
        Attribute<RealServer, ?> weight = ServerAttributes.ALL.getFirst();
        assertThat(weight.edit("-w", weight.words(server)).apply(weight.reset(server)))
                .isEqualTo(server);
    }

    @Test
    void wordsOfTcpComeBack() {
        VirtualService plain = VirtualService.of(ServiceKey.tcp("192.0.2.80", 80));
        VirtualService set =
                plain.withPolicy(
                        plain.policy()
                                .withTcp(new TcpPolicy(true, true, 1400, SynProxy.from(1000)))
                                .withEndWith(Ending.SILENCE)
                                .withResetsOnExpiry(true)
                                .withOutOfWindow(OutOfWindow.DROP));
        assertThat(ServiceAttributes.settings(set))
                .isEqualTo(
                        "refusal reject, removal drain, end-with silence, reset-on-expiry yes,"
                                + " out-of-window drop, isn fresh, tcp-timestamps strip, mss 1400,"
                                + " syn-proxy 1000");
        VirtualService copy = plain;
        for (String name : OF_TCP) {
            Attribute<VirtualService, ?> attribute = service(name);
            copy = attribute.edit(attribute.verbOption(), attribute.words(set)).apply(copy);
            assertThatThrownBy(() -> attribute.edit("--x", attribute.words(set)).apply(PLAIN))
                    .hasMessageContaining("only services of TCP");
        }
        assertThat(copy).isEqualTo(set);
        assertThat(service("mss").edit("--mss", "path").apply(plain).policy().tcp().mss())
                .isEqualTo(TcpPolicy.PATH_MSS);
        Attribute<VirtualService, ?> proxy = service("syn-proxy");
        for (String text :
                List.of("off", "always", "1000,mss=1400,scale=no,sack=no,timestamps=no")) {
            assertThat(proxy.words(proxy.edit("-j", text).apply(plain))).isEqualTo(text);
        }
        assertThat(proxy.words(proxy.edit("-j", "enable").apply(plain))).isEqualTo("always");
        assertThat(proxy.words(proxy.edit("-j", "disable").apply(set))).isEqualTo("off");
        assertThatThrownBy(() -> proxy.edit("-j", "enabled").apply(plain))
                .hasMessageContaining("\"enabled\" is neither off, always nor 1-1000000000");
        for (String wrong : List.of("535", "65496", "-1", "0", "big", "")) {
            assertThatThrownBy(() -> service("mss").edit("--mss", wrong).apply(plain))
                    .hasMessageContaining("none of keep, path, 536-65495");
        }
        for (String name : OF_TCP) {
            copy = service(name).reset(copy);
        }
        assertThat(copy).isEqualTo(plain);
    }

    @Test
    void proxyProtocolIsSpelledAsInDpvs() {
        VirtualService tcp = VirtualService.of(ServiceKey.tcp("192.0.2.80", 80));
        Attribute<VirtualService, ?> proxy = service("proxy-protocol");
        for (ProxyProtocol form : ProxyProtocol.values()) {
            VirtualService set = proxy.edit("--proxy-protocol", form.word()).apply(tcp);
            assertThat(set.policy().proxyProtocol()).isEqualTo(form);
            assertThat(proxy.words(set)).isEqualTo(form.word());
        }
        VirtualService versionTwo =
                PLAIN.withPolicy(PLAIN.policy().withProxyProtocol(ProxyProtocol.V2));
        assertThat(proxy.edit("--proxy-protocol", "off").apply(versionTwo)).isEqualTo(PLAIN);
        assertThatThrownBy(() -> proxy.edit("--proxy-protocol", "v3").apply(tcp))
                .hasMessageContaining("none of disable, v1, v2, v1-insecure, v2-insecure");
        for (String text : List.of("v1", "v1-insecure")) {
            assertThatThrownBy(() -> proxy.edit("--proxy-protocol", text).apply(PLAIN))
                    .hasMessageContaining("datagrams have no text form");
        }
    }

    /// What needs another, or can't stand beside it, may be said in any order; what can't be at all
    /// is refused with all else.
    @Test
    void editsGoInAnyOrder() {
        UnaryOperator<VirtualService> tlvs = service("proxy-tlvs").edit("--proxy-tlvs", "service");
        UnaryOperator<VirtualService> form =
                service("proxy-protocol").edit("--proxy-protocol", "v2");
        UnaryOperator<VirtualService> noTlvs = service("proxy-tlvs").edit("--proxy-tlvs", "none");
        UnaryOperator<VirtualService> off =
                service("proxy-protocol").edit("--proxy-protocol", "off");
        VirtualService both = Edits.apply(PLAIN, List.of(tlvs, form));
        assertThat(both).isEqualTo(Edits.apply(PLAIN, List.of(form, tlvs)));
        assertThat(both.policy().disclosure().proxyTlvs()).isNotEmpty();
        assertThat(Edits.apply(both, List.of(off, noTlvs))).isEqualTo(PLAIN);
        assertThatThrownBy(() -> Edits.apply(both, List.of(off)))
                .hasMessageContaining("proxy-tlvs none");
        UnaryOperator<VirtualService> once = service("one-packet").edit("-o", "yes");
        UnaryOperator<VirtualService> many = service("quic")::reset;
        VirtualService quic =
                PLAIN.withPolicy(PLAIN.policy().withQuic(QuicRouting.parse(List.of(CONFIG))));
        assertThat(Edits.apply(quic, List.of(once, many)).policy().onePacket()).isTrue();
    }

    @Test
    void settingsAreAllThereIsToSay() {
        assertThat(ServiceAttributes.settings(PLAIN)).isEqualTo("refusal reject, removal drain");
        assertThat(ServiceAttributes.settings(SET))
                .isEqualTo(
                        "scheduler-options a=1,b=2, frontends '192.0.2.80:0 ; 192.0.2.80:1-9',"
                                + " persistence 300s, persistence-mask 255.255.255.0,"
                                + " persistence-quiesced honour, quic 'config 0 server-id 3 nonce 4 key"
                                + " sha256:2700dc41', timeout 300s, refusal drop, removal end,"
                                + " expire-quiescent"
                                + " yes, timeouts"
                                + " udp-oneway=15,udp-normal=5,udp-stream=30, proxy-protocol v2, proxy-tlvs service,crc32c, checks ping, passive"
                                + " default, slow-start 30, max-ejected 50, last-server keep,"
                                + " quorum 10,2, end-connections yes, announce always,"
                                + " max-connections 100, max-per-client 10, max-per-network 50, max-half-open 70,"
                                + " max-rate 0.5, max-rate-per-network 5,20, max-packets 5k, max-bandwidth 2500M,1M, limit-proportion 80, table-share 50,10, toa-kind 252, uoa opp, uoa-packets 7, description"
                                + " 'a '\\''b'\\'' c'");
    }

    /// A key stands where it is read again, and nowhere else.
    @Test
    void secretsAreInWordsAlone() {
        Attribute<VirtualService, ?> quic = service("quic");
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        AttributeJson.write(ServiceAttributes.ALL, SET, json, AttributeJson.Names.MODEL);
        assertThat(quic.words(SET)).contains(KEY);
        assertThat(
                        Stream.of(
                                json.toString(),
                                quic.shownWords(SET),
                                quic.told(SET),
                                quic.told(PLAIN, SET),
                                quic.spoken(SET),
                                SET.toString()))
                .allSatisfy(text -> assertThat(text).contains("key sha256:").doesNotContain(KEY));
        VirtualService rotated =
                quic.edit("--quic", CONFIG.replace(KEY, "00".repeat(16))).apply(SET);
        assertThat(quic.shownWords(rotated)).isNotEqualTo(quic.shownWords(SET));
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> quic.edit("--quic", CONFIG + "0"))
                .satisfies(wrong -> assertThat(wrong.getMessage()).doesNotContain(KEY));
        assertThatExceptionOfType(BalancerException.class)
                .as("what a list shows is not read")
                .isThrownBy(() -> quic.edit("--quic", quic.shownWords(SET)));
    }

    @Test
    void differencesAreTold() {
        assertThat(service("timeout").told(PLAIN, SET)).isEqualTo("timeout default -> 300");
        assertThat(service("scheduler").told("?", SET)).isEqualTo("scheduler ? -> rr");
        assertThat(ServiceAttributes.changes(PLAIN, PLAIN)).isEmpty();
        assertThat(ServiceAttributes.changes(PLAIN, SET)).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "scheduler; Round; INVALID_ARGUMENT; \"Round\" is not the name of a scheduler",
                "scheduler-options; a=1,b; INVALID_ARGUMENT; --scheduler-options: \"b\" is not"
                        + " OPTION=VALUE",
                "scheduler-options; a=1,a=2; INVALID_ARGUMENT; --scheduler-options: option a is"
                        + " there twice",
                "scheduler-options; a=; INVALID_ARGUMENT; --scheduler-options: option a: \"\" is"
                        + " no value: 1-255 printed ASCII characters without blanks and commas",
                "timeout; 1h; INVALID_ARGUMENT; --timeout \"1h\" is not a number 0-31535999",
                "refusal; dropp; INVALID_ARGUMENT; --refusal \"dropp\" is neither reject nor drop,"
                        + " did you mean \"drop\"?",
                "timeouts; none=; INVALID_ARGUMENT; \"none=\" is not STATE=SECONDS, dns or none;"
                        + " states are syn-recv, established, fin-wait, close-wait, last-ack,"
                        + " time-wait, close, udp-oneway, udp-normal, udp-stream",
            })
    void wrongWordsAreRefusedBeforeAnythingIsAsked(String line) {
        String[] cells = line.split("; ", 4);
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> service(cells[0]).edit("--" + cells[0], cells[1]))
                .satisfies(wrong -> {
                    assertThat(wrong.code()).isEqualTo(ErrorCode.valueOf(cells[2]));
                    assertThat(wrong).hasMessage(cells[3]);
                });
    }

    @Test
    void jsonHasEachAttribute() {
        ObjectNode listing = JsonNodeFactory.instance.objectNode();
        ObjectNode model = JsonNodeFactory.instance.objectNode();
        AttributeJson.write(ServiceAttributes.ALL, PLAIN, listing, AttributeJson.Names.LISTING);
        AttributeJson.write(ServiceAttributes.ALL, SET, model, AttributeJson.Names.MODEL);

        assertThat(listing.path("scheduler").asText()).isEqualTo("wlc");
        assertThat(listing.path("connectionTimeoutSeconds").isNull()).isTrue();
        assertThat(listing.path("timeouts").isObject()).isTrue();
        assertThat(model.path("ConnTimeout").asInt()).isEqualTo(300);
        assertThat(model.path("Refusal").asText()).isEqualTo("drop");
        assertThat(model.path("Timeouts").path("udp-normal").asInt()).isEqualTo(5);
        assertThat(Stream.of(listing, model))
                .allSatisfy(node -> assertThat(node).hasSize(ServiceAttributes.ALL.size()));
    }

    @Test
    void aTimeOf0IsTheDefault() {
        assertThat(service("timeout").edit("--timeout", "0").apply(SET).connectionTimeout())
                .isEqualTo(Optional.empty());
    }
}
