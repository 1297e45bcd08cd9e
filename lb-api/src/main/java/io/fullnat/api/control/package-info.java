// SPDX-License-Identifier: Apache-2.0
/// The control plane as an application sees it: changes and transaction functions, which are
/// applied as transactions of all workers; the state that is desired and what the workers have made
/// of it; health, conditions that last, and events. [io.fullnat.api.control.Control] may be called
/// by any thread.
package io.fullnat.api.control;
