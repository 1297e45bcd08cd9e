// SPDX-License-Identifier: Apache-2.0
/// What the service manager that started the balancer is told: systemd, or one that does as it does.
package io.fullnat.balancer.supervise;
