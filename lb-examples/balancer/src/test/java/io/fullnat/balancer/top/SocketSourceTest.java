// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SocketSourceTest {
    private final List<String> asked = new ArrayList<>();
    private final AnswerSource source =
            new SocketSource(path -> {
                asked.add(path);
                return SampleOverview.overview(1);
            });

    @Test
    void asksForAPage() {
        source.ask(
                new Query(
                        View.ADDRESSES,
                        Optional.of("2001:db8::1-80-tcp"),
                        "10.0 é&x=1\u001b",
                        "full",
                        true,
                        40,
                        20));

        assertThat(asked)
                .containsExactly(
                        "/v2/overview",
                        "/v2/overview/local-addresses?sort=fullest&offset=40&limit=20&reverse=true"
                                + "&search=10.0+%C3%A9%26x%3D1%1B&service=2001%3Adb8%3A%3A1-80-tcp");
    }

    @Test
    void templatesAreThoseOfTheServiceWhoseServersAreSeen() {
        Query all = SampleOverview.query(View.SERVERS);
        Query one =
                new Query(View.SERVERS, Optional.of("192.0.2.0-80-tcp"), "", "rate", false, 0, 9);
        assertThat(SampleOverview.answer(all, 1).templates()).isEmpty();
        assertThat(SampleOverview.answer(one, 1).templates()).hasValue(12_345);
    }

    @Test
    void whatTheOverviewHasIsAskedForOnce() {
        Answer answer = source.ask(SampleOverview.query(View.WORKERS));

        assertThat(asked).containsExactly("/v2/overview");
        assertThat(answer.rows()).hasSize(2);
    }

    @Test
    void anOldBalancerIsNamedSo() {
        AnswerSource old =
                new SocketSource(path -> {
                    throw new BalancerException(
                            ErrorCode.UNSUPPORTED, "there is no path /v2/overview");
                });

        assertThatThrownBy(() -> old.ask(SampleOverview.query(View.PORTS)))
                .isInstanceOfSatisfying(
                        BalancerException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED))
                .hasMessage("the balancer is older than this command: it has no /v2/overview");
    }
}
