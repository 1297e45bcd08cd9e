// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.service.ClientNetworks;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class NumaLocalBuilderTest {
    private final List<String> calls = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Worker.Placement placement =
            new Worker.Placement(
                    3,
                    4,
                    OptionalInt.of(7),
                    64,
                    1,
                    NeighbourSettings.DEFAULT,
                    null,
                    ClientNetworks.DEFAULT,
                    16);

    @Test
    void makesItOnAThreadThatIsPinnedAsTheWorkersWillBe() {
        String made =
                NumaLocalBuilder.make(
                        new PinningIo(),
                        placement,
                        () -> {
                            note("make");
                            return "made";
                        });

        assertThat(made).isEqualTo("made");
        assertThat(calls).containsExactly("attach 3 to 7", "make", "detach 3");
        assertThat(threads).containsOnly(threads.getFirst());
        assertThat(threads.getFirst()).isNotSameAs(Thread.currentThread());
    }

    @Test
    void passesOnWhatTheMakerComplainsOf() {
        BalancerException none = new BalancerException(ErrorCode.MEMORY, "no memory");

        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() ->
                        NumaLocalBuilder.make(
                                new PinningIo(),
                                placement,
                                () -> {
                                    throw none;
                                }))
                .isSameAs(none);
        assertThat(calls).containsExactly("attach 3 to 7", "detach 3");
    }

    private void note(String call) {
        calls.add(call);
        threads.add(Thread.currentThread());
    }

    /// Ports that only note who is attached.
    private final class PinningIo implements PacketIo {
        @Override
        public List<? extends PacketPort> ports() {
            return List.of();
        }

        @Override
        public BufferPool buffers(int worker) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void attachWorker(int worker, OptionalInt cpu) {
            note("attach " + worker + " to " + cpu.orElse(-1));
        }

        @Override
        public void detachWorker(int worker) {
            note("detach " + worker);
        }

        @Override
        public void close() {}
    }
}
