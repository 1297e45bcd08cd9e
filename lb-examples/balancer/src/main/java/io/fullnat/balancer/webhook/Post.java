// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import io.fullnat.balancer.webhook.WebhookQueue.Message;
import java.io.IOException;

/// Sends a message.
@FunctionalInterface
interface Post {
    /// Sends it once, and waits for the answer's status.
    ///
    /// @param message to be sent
    /// @param turn how often it was sent before
    /// @return the status
    /// @throws IOException if there is no answer, with why in words
    /// @throws InterruptedException if the thread is to end
    int send(Message message, int turn) throws IOException, InterruptedException;
}
