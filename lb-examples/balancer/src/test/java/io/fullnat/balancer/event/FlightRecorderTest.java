// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What JDK Flight Recorder has of a balancer's events.
class FlightRecorderTest {
    @Test
    void eventsAreRecorded(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("recording.jfr");
        FlightRecorder recorder = new FlightRecorder();
        recorder.onEvent(new BalancerEvent.Fault("before"));
        try (Recording recording = new Recording()) {
            recording.enable("fullnat.Event");
            recording.start();
            recorder.onEvent(new BalancerEvent.Fault("the scheduler failed"));
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);

        assertThat(events)
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.getEventType().getName()).isEqualTo("fullnat.Event");
                    assertThat(event.getString("kind")).isEqualTo("fault");
                    assertThat(event.getString("detail")).contains("\"the scheduler failed\"");
                });
    }
}
