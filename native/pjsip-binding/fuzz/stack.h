// PJSIP without a network, for readers that hand it what they read. One for the process, as PJSIP is.
#pragma once

#include <pjsip.h>

#include <functional>
#include <string>
#include <string_view>

namespace pbx::fuzz {

/** Started at first use. */
pjsip_endpoint *stack();

/** A message as it leaves; empty where it is longer than a message may be. */
std::string printed(pjsip_tx_data *tdata);

/** Whether PJSIP reads these bytes as a whole message; then `look` sees it. */
bool reads(std::string_view bytes, const std::function<void(const pjsip_rx_data &)> &look);

}  // namespace pbx::fuzz
