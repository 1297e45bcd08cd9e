// SPDX-License-Identifier: Apache-2.0
/// How much services, real servers and clients may have at once: counts over all workers, claimed
/// when a connection begins.
package io.fullnat.core.limit;
