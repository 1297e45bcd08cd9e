// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LimitedSourceTest {
    private static final Query QUERY = SampleOverview.query(View.PORTS);

    @Test
    void oneThatHangsIsGivenUp() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        AnswerSource source =
                query -> {
                    try {
                        Thread.sleep(Duration.ofDays(1));
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                    throw new BalancerException(ErrorCode.CLOSED, "closed");
                };
        assertThatThrownBy(() -> new LimitedSource(source, Duration.ofMillis(50)).ask(QUERY))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("did not answer within");
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void answersAndErrorsPass() {
        Answer answer = SampleOverview.answer(QUERY, 1);
        assertThat(new LimitedSource(query -> answer, Duration.ofSeconds(20)).ask(QUERY))
                .isSameAs(answer);
        BalancerException error = new BalancerException(ErrorCode.NO_BALANCER, "gone");
        AnswerSource gone =
                query -> {
                    throw error;
                };
        assertThatThrownBy(() -> new LimitedSource(gone, Duration.ofSeconds(20)).ask(QUERY))
                .isSameAs(error);
    }

    /// Nothing else would be asked ever, and old figures would stand there as if they were new.
    @Test
    void aFaultIsTrouble() throws InterruptedException {
        BlockingQueue<Asker.Result> results = new LinkedBlockingQueue<>();
        AnswerSource faulty =
                query -> {
                    throw new IllegalStateException("a fault");
                };
        try (Asker asker = new Asker(faulty, results::add)) {
            asker.ask(QUERY, 0);
            Asker.Result result = results.poll(20, TimeUnit.SECONDS);
            assertThat(result).isNotNull();
            assertThat(String.valueOf(result)).contains("BalancerException");
        }
    }
}
