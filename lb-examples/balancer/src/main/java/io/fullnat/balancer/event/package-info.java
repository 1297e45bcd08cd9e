// SPDX-License-Identifier: Apache-2.0
/// What happens in a running balancer, told to whom it concerns: docs/events.md.
package io.fullnat.balancer.event;
