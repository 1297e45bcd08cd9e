// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.PingProbe;
import io.fullnat.api.health.TcpProbe;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.text.QuotedWord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HealthAttributesTest {
    private static final VirtualService SERVICE =
            VirtualService.of(ServiceKey.tcp("192.0.2.80", 80));

    private static <T> T edited(List<Attribute<T, ?>> all, T owner, String name, String words) {
        return attribute(all, name).edit("--" + name, words).apply(owner);
    }

    private static <T> Attribute<T, ?> attribute(List<Attribute<T, ?>> all, String name) {
        return all.stream().filter(each -> each.name().equals(name)).findAny().orElseThrow();
    }

    private static HealthPolicy health(String name, String words) {
        return edited(ServiceAttributes.ALL, SERVICE, name, words).policy().health();
    }

    private static String words(String name, String words) {
        return attribute(ServiceAttributes.ALL, name)
                .words(edited(ServiceAttributes.ALL, SERVICE, name, words));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp",
                "http path=/up status=200 interval=0.5 jitter=0 timeout=0.25 rise=3 fall=1",
                "https verify=yes sni=www.example.org source=192.0.2.7 port=8443 initial=down",
                "http port=8080 proxy=v2",
                "udp send=ping proxy=none",
                "udp send='a b;' expect=\"\"",
                "tcp ; ping interval=10 ; http contains='all ; fine'",
                "command run='/etc/fullnat/checks/smtp -H {address}'",
                "none",
            })
    void checksAreReadAsTheyAreWritten(String words) {
        String normal = words.replace(" expect=\"\"", "");
        assertThat(QuotedWord.split(words("checks", words))).containsExactly(normal);
        assertThat(words("checks", QuotedWord.split(words("checks", words)).getFirst()))
                .isEqualTo(words("checks", words));
    }

    @Test
    void whatIsTheDefaultIsLeftOut() {
        assertThat(words("checks", "tcp interval=3 timeout=2.000 jitter=10% rise=1 fall=2"))
                .isEqualTo("tcp");
        assertThat(health("checks", "tcp fall=2 ; ping").checks())
                .containsExactly(HealthCheck.of(new TcpProbe()), HealthCheck.of(new PingProbe()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "htpp | check \"htpp\" is none of tcp, tls, http, https, udp, dns, ping, command",
                "mine | check \"mine\" is none of tcp",
                "tcp 80 | \"80\" of check tcp is not NAME=VALUE",
                "tcp rise=1 rise=2 | check tcp says rise twice",
                "tcp rise=0 | rise \"0\" is not a number 1-255",
                "tcp interval=1m | interval \"1m\" is not a number of seconds",
                "tcp interval=0.05 | interval of a health check 0.05 s is not 0.1 s",
                "tcp path=/ | check tcp has no option \"path\"; it has send, expect; and as every check interval",
                "tcp initial=unknown | initial \"unknown\" is neither up nor down",
                "tcp source=here | \"here\"",
                "tcp ; tcp | is given twice",
                "tcp send='a | is not closed",
                "tcp ; | check is empty",
                "service | \"service\" is for real servers",
                "command run=/bin/sh | program \"/bin/sh\" of a check is not in /etc/fullnat/checks/",
                "command run=/etc/fullnat/checks/../../../bin/sh | is not in /etc/fullnat/checks/",
                "command run=/etc/fullnat/checks/.. | is not in /etc/fullnat/checks/",
            })
    void namesWhatIsWrongWithACheck(String words, String message) {
        assertThatThrownBy(() -> health("checks", words))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("--checks: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "passive | default | default",
                "passive | disable | disable",
                "passive | 1,1,3s,5-3600s | default",
                "passive | 1,1,3s,5-3600s,two-way | default,two-way",
                "passive | 3,2,10s,1-60s | 3,2,10s,1-60s",
                "passive | 3,10s | 3,10s",
                "slow-start | 30 | 30",
                "slow-start | 30,10% | 30",
                "slow-start | 30,5 | 30,5%",
                "slow-start | 0 | 0",
                "max-ejected | 50 | 50",
                "last-server | keep | keep",
                "last-server | sorry=[2001:db8::9]:80 | sorry=[2001:db8::9]:80",
                "quorum | 10 | 10",
                "quorum | 10,2 | 10,2",
                "quorum | 10,0 | 10",
                "end-connections | yes | yes",
                "announce | when-healthy | when-healthy",
                "announce | always | always",
            })
    void eachPartIsOneWord(String name, String words, String normal) {
        assertThat(QuotedWord.split(words(name, words))).containsExactly(normal);
        assertThat(health(name, normal)).isEqualTo(health(name, words));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "passive | 1,1,3s | is not disable, default",
                "passive | tcp | active checks have an option of their own",
                "passive | 0,3s | down-notice \"0\" is not a number 1-255",
                "passive | 1,1,3s,60-5s | is longer than its inhibit-max",
                "slow-start | 30s | slow start \"30s\" is not a number 0-3600",
                "slow-start | 30,0% | floor of slow start \"0\"",
                "max-ejected | 101 | is not a number 0-100",
                "last-server | sorry | is not reject, keep or sorry=ADDRESS:PORT",
                "last-server | sorry=192.0.2.9:0 | 192.0.2.9",
                "quorum | 1,2 | hysteresis 2 is not less than the quorum 1",
                "end-connections | maybe | is neither no nor yes",
                "announce | healthy | never",
            })
    void namesWhatIsWrongWithAPart(String name, String words, String message) {
        assertThatThrownBy(() -> health(name, words))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(message);
    }

    @Test
    void passiveChecksHaveTheirDefaults() {
        assertThat(health("passive", "default").passive()).contains(PassiveCheck.DEFAULT);
        assertThat(health("passive", "2,9s").passive())
                .contains(
                        PassiveCheck.DEFAULT
                                .withNotices(2, 1)
                                .withDownWait(Duration.ofSeconds(9))
                                .withRecovers(false));
    }

    @Test
    void theSorryServerGoesWithItsWord() {
        VirtualService sorry =
                edited(ServiceAttributes.ALL, SERVICE, "last-server", "sorry=192.0.2.9:80");
        VirtualService keep = edited(ServiceAttributes.ALL, sorry, "last-server", "keep");

        assertThat(sorry.policy().health().sorryServer()).isPresent();
        assertThat(keep.policy().health().sorryServer()).isEmpty();
    }

    @Test
    void aServerHasTheChecksOfItsServiceOrItsOwn() {
        RealServer server = RealServer.of("192.0.2.1", 80);
        RealServer own = edited(ServerAttributes.ALL, server, "checks", "tcp port=81");
        RealServer none = edited(ServerAttributes.ALL, own, "checks", "none");

        assertThat(own.checks()).hasValueSatisfying(checks -> assertThat(checks).hasSize(1));
        assertThat(none.checks()).isEqualTo(Optional.of(List.of()));
        assertThat(edited(ServerAttributes.ALL, none, "checks", "service")).isEqualTo(server);
        assertThat(attribute(ServerAttributes.ALL, "checks").words(none)).isEqualTo("none");
        assertThat(attribute(ServerAttributes.ALL, "checks").words(server)).isEqualTo("service");
    }
}
