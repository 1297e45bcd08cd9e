// SPDX-License-Identifier: Apache-2.0
/// Where a worker's packets are captured: its tap, which is there while a capture lasts.
package io.fullnat.core.tap;
