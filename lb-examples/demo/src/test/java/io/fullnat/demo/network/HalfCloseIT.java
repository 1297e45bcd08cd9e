// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Connections between two kernels' stacks that one side has closed and the other one has not.
@NetworkTest
@Timeout(120)
class HalfCloseIT {
    private static final int LATE_MS = 10_000;
    private static final int PATIENT_PORT = 81;
    private static final int HASTY_PORT = 82;
    private static final byte[] QUESTION = {1, 2, 3};

    private final Scene scene = new Scene(1);
    private final ServerSocket patientListener = serve(PATIENT_PORT);
    private final ServerSocket hastyListener = serve(HASTY_PORT);

    /// The two ends of a connection.
    private record Ends(Socket client, Socket server) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    @AfterEach
    void close() throws IOException {
        patientListener.close();
        hastyListener.close();
        scene.close();
    }

    /// Adds a service and its server.
    private ServerSocket serve(int port) {
        String service = Lab.VIRTUAL + ":" + port;
        ipvsadm("-A -t " + service + " -s rr");
        ipvsadm("-a -t " + service + " -r " + Lab.serverAddress(1) + " -b");
        ipvsadm("-P -z " + Lab.LOCAL.getFirst() + " -t " + service + " -F inside");
        return scene.lab
                .server(1)
                .call(() -> {
                    ServerSocket socket = new ServerSocket();
                    socket.bind(new InetSocketAddress(Lab.serverAddress(1).toString(), port));
                    return socket;
                });
    }

    private String ipvsadm(String words) {
        return Shell.run(scene.balancer, "ipvsadm " + words);
    }

    private Ends connect(ServerSocket listener) throws IOException {
        Socket client =
                scene.lab
                        .client()
                        .call(() -> new Socket(Lab.VIRTUAL.toString(), listener.getLocalPort()));
        Ends ends = new Ends(client, listener.accept());
        client.setSoTimeout(2 * LATE_MS);
        ends.server.setSoTimeout(2 * LATE_MS);
        return ends;
    }

    private List<ConnectionInfo> connections(int port) {
        ServiceKey key = new ServiceKey(Protocol.TCP, new Endpoint(Lab.VIRTUAL, port));
        List<ConnectionInfo> found = new ArrayList<>();
        scene.balancer.control().connections(ConnectionFilter.of(key), found::add);
        return found;
    }

    /// One end says something and closes; the other one reads it to its end.
    private static void speakAndClose(Socket from, Socket to) throws IOException {
        from.getOutputStream().write(QUESTION);
        from.shutdownOutput();
        assertThat(to.getInputStream().readAllBytes()).isEqualTo(QUESTION);
    }

    /// The other end says much and closes; all of it arrives.
    private static void answer(Socket from, Socket to) throws Exception {
        byte[] answer = Noise.of(500_000);
        Thread sender =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                from.getOutputStream().write(answer);
                                from.shutdownOutput();
                            } catch (IOException broken) {
                                throw new IllegalStateException(broken);
                            }
                        });
        assertThat(to.getInputStream().readAllBytes()).isEqualTo(answer);
        sender.join();
    }

    @Test
    void aLateAnswerArrivesWhole() throws Exception {
        try (Ends byClient = connect(patientListener);
                Ends byServer = connect(patientListener)) {
            speakAndClose(byClient.client, byClient.server);
            speakAndClose(byServer.server, byServer.client);

            Thread.sleep(LATE_MS);

            answer(byClient.server, byClient.client);
            answer(byServer.client, byServer.server);
        }
    }

    @Test
    void timesThatAreSetHold() throws Exception {
        ipvsadm("--set 0 60 0");
        ipvsadm("-E -t " + Lab.VIRTUAL + ":" + HASTY_PORT + " --timeouts close-wait=2");
        assertThat(ipvsadm("-Ln"))
                .contains("TCP  " + Lab.VIRTUAL + ":" + HASTY_PORT + " rr timeouts close-wait=2\n");
        try (Ends patient = connect(patientListener);
                Ends hasty = connect(hastyListener)) {
            speakAndClose(patient.client, patient.server);
            speakAndClose(hasty.client, hasty.server);
            Shell.until("the hasty one is over", () -> connections(HASTY_PORT).isEmpty());
            assertThat(connections(PATIENT_PORT))
                    .singleElement()
                    .matches(one -> one.state().equals("CLOSE_WAIT"))
                    .matches(one -> one.secondsLeft() > 7 && one.secondsLeft() <= 60);
            answer(patient.server, patient.client);
        }

        ipvsadm("--set 0 2 0");
        try (Ends patient = connect(patientListener)) {
            speakAndClose(patient.client, patient.server);
            Shell.until("no half-closed one is left", () -> connections(PATIENT_PORT).isEmpty());
        }
    }
}
