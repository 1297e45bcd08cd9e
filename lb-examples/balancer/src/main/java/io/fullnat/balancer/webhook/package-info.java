// SPDX-License-Identifier: Apache-2.0
/// Events told to programs elsewhere over HTTP: docs/events.md.
package io.fullnat.balancer.webhook;
