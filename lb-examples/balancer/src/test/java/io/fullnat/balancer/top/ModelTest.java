// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.top.Key.Kind;
import io.fullnat.balancer.top.Model.Effect;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What keys do, beside a list of 20,000 services of which five rows have been seen.
final class ModelTest {
    private static final int ROWS = 5;

    private final Model model =
            new Model(SampleOverview.query(View.SERVICES), SampleOverview.TWO_SECONDS);
    private Model.Sight sight = new Model.Sight(ROWS, Optional.empty());

    @BeforeEach
    void look() {
        sight = new Model.Sight(ROWS, Optional.of(SampleOverview.listing(model.query(ROWS))));
    }

    private Effect press(Kind kind) {
        return model.press(Key.of(kind), sight);
    }

    private Effect press(char character) {
        return model.press(Key.of(character), sight);
    }

    private void type(String text) {
        text.chars().forEach(c -> press((char) c));
    }

    @Test
    void onlyOtherRowsAreAskedFor() {
        for (int row = 1; row < ROWS; row++) {
            assertThat(press(Kind.DOWN)).isEqualTo(Effect.SHOW);
        }
        assertThat(press(Kind.DOWN)).isEqualTo(Effect.ASK);
        assertThat(model.first()).isEqualTo(1);
        assertThat(model.row()).isEqualTo(5);
        assertThat(press(Kind.END)).isEqualTo(Effect.ASK);
        assertThat(model.row()).isEqualTo(19_999);
        assertThat(model.query(ROWS).offset()).isEqualTo(19_995);
        assertThat(press(Kind.PAGE_DOWN)).isEqualTo(Effect.SHOW);
        assertThat(press(Kind.PAGE_UP)).isEqualTo(Effect.ASK);
        assertThat(model.row()).isEqualTo(19_994);
        assertThat(press('g')).isEqualTo(Effect.ASK);
        assertThat(model.first()).isZero();
        assertThat(press(Kind.UP)).isEqualTo(Effect.SHOW);
        assertThat(model.row()).isZero();
    }

    @Test
    void aListThatGetsShorterIsFollowed() {
        press('G');
        Query query = SampleOverview.query(View.SERVERS);
        Model.Sight shorter = new Model.Sight(3, Optional.of(SampleOverview.listing(query)));

        assertThat(model.settle(shorter)).isTrue();
        assertThat(model.row()).isEqualTo(4);
        assertThat(model.first()).isEqualTo(2);
        assertThat(model.settle(shorter)).isFalse();
    }

    @Test
    void enterOpensAServiceAndEscapeGoesBack() {
        press(Kind.DOWN);
        assertThat(press(Kind.ENTER)).isEqualTo(Effect.ASK);
        assertThat(model.view()).isEqualTo(View.SERVERS);
        assertThat(model.service()).contains("192.0.2.1-80-tcp");
        look();
        assertThat(press(Kind.ENTER)).isEqualTo(Effect.SHOW);
        assertThat(press('5')).isEqualTo(Effect.ASK);
        assertThat(model.view()).isEqualTo(View.ADDRESSES);
        assertThat(model.service()).contains("192.0.2.1-80-tcp");
        assertThat(press(Kind.ESCAPE)).isEqualTo(Effect.ASK);
        assertThat(model.view()).isEqualTo(View.SERVICES);
        assertThat(model.service()).isEmpty();
        assertThat(model.row()).isEqualTo(1);
        assertThat(press(Kind.ESCAPE)).isEqualTo(Effect.SHOW);
    }

    /// The rows on the screen are those of the list before.
    @Test
    void enterDoesNothingBeforeTheListIsThere() {
        press('2');
        press('1');
        Query servers = SampleOverview.query(View.SERVERS);

        assertThat(
                        model.press(
                                Key.of(Kind.ENTER),
                                new Model.Sight(
                                        ROWS, Optional.of(SampleOverview.listing(servers)))))
                .isEqualTo(Effect.SHOW);
        assertThat(model.press(Key.of(Kind.ENTER), new Model.Sight(ROWS, Optional.empty())))
                .isEqualTo(Effect.SHOW);
    }

    @Test
    void anotherListIsOfAllServices() {
        press(Kind.ENTER);
        press('3');
        press('2');
        assertThat(model.service()).isEmpty();
        assertThat(press(Kind.TAB)).isEqualTo(Effect.ASK);
        assertThat(model.view()).isEqualTo(View.WORKERS);
        press(Kind.BACK_TAB);
        press(Kind.BACK_TAB);
        press(Kind.BACK_TAB);
        assertThat(model.view()).isEqualTo(View.SETS);
    }

    @Test
    void sortsByTheColumnsThatTheBalancerSorts() {
        assertThat(model.sort()).isEqualTo("rate");
        assertThat(press('>')).isEqualTo(Effect.ASK);
        assertThat(model.sort()).isEqualTo("packets");
        press('r');
        assertThat(model.isReversed()).isTrue();
        press(Kind.RIGHT);
        assertThat(model.sort()).isEqualTo("bytes");
        assertThat(model.isReversed()).isFalse();
        press('>');
        assertThat(model.sort()).isEqualTo("p99");
        press('>');
        press('>');
        assertThat(model.sort()).isEqualTo("name");
        press('<');
        press('<');
        press(Kind.LEFT);
        assertThat(model.sort()).isEqualTo("bytes");
        press('2');
        assertThat(model.sort()).isEqualTo("rate");
        press('1');
        assertThat(model.sort()).isEqualTo("bytes");
    }

    @Test
    void aFilterIsTyped() {
        press('/');
        assertThat(model.prompt()).isPresent();
        type("192.9q");
        press(Kind.BACKSPACE);
        press(Kind.BACKSPACE);
        type("0");
        assertThat(model.prompt().orElseThrow().line().text()).startsWith("filter: 192.0 ");
        assertThat(press(Kind.ENTER)).isEqualTo(Effect.ASK);
        assertThat(model.filter()).isEqualTo("192.0");
        press('/');
        press(Kind.CLEAR);
        type("x".repeat(500));
        assertThat(model.prompt().orElseThrow().typed()).hasSize(100);
        press(Kind.ESCAPE);
        assertThat(model.filter()).isEqualTo("192.0");
        assertThat(press(Kind.ESCAPE)).isEqualTo(Effect.ASK);
        assertThat(model.filter()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "0.05", "86401", "1e9", "-1", "two"})
    void aWrongIntervalIsAskedForAgain(String typed) {
        press('d');
        press(Kind.CLEAR);
        type(typed);
        assertThat(press(Kind.ENTER)).isEqualTo(Effect.SHOW);
        assertThat(model.prompt().orElseThrow().line().text()).contains("0.1 to 86400");
        press(Kind.CLEAR);
        type("0.5");
        press(Kind.ENTER);
        assertThat(model.prompt()).isEmpty();
        assertThat(model.interval()).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void theIntervalIsDoubledAndHalvedWithinItsLimits() {
        press('+');
        assertThat(model.interval()).isEqualTo(Duration.ofSeconds(4));
        for (int i = 0; i < 40; i++) {
            press('+');
        }
        assertThat(model.interval()).isEqualTo(Duration.ofDays(1));
        for (int i = 0; i < 40; i++) {
            press('-');
        }
        assertThat(model.interval()).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void pausesAndHelps() {
        assertThat(press('p')).isEqualTo(Effect.SHOW);
        assertThat(model.isPaused()).isTrue();
        assertThat(press('p')).isEqualTo(Effect.ASK);
        press('?');
        assertThat(model.showsHelp()).isTrue();
        assertThat(press('3')).isEqualTo(Effect.SHOW);
        assertThat(model.showsHelp()).isFalse();
        assertThat(model.view()).isEqualTo(View.SERVICES);
        press('h');
        assertThat(press('q')).isEqualTo(Effect.QUIT);
    }

    @Test
    void ends() {
        assertThat(press('q')).isEqualTo(Effect.QUIT);
        press('/');
        assertThat(press('q')).isEqualTo(Effect.SHOW);
        assertThat(press(Kind.INTERRUPT)).isEqualTo(Effect.QUIT);
        assertThat(press(Kind.NONE_LEFT)).isEqualTo(Effect.QUIT);
        assertThat(press(Kind.REDRAW)).isEqualTo(Effect.REDRAW);
    }
}
