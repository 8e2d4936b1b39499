// One NOTIFY, made of what is kept of its subscription.
#pragma once

#include "subscriptions.h"

namespace pbx::sip {

struct NoticeWords {
  std::string contact;  // the box's own, in angle brackets
  std::string state;    // Subscription-State
};
/** The NOTIFY that has the number `notified`; nullptr where a value of the subscription cannot be read as SIP. */
pjsip_tx_data *notice_of(pjsip_endpoint *endpt, const Subscription &s, const NoticeWords &words);

}  // namespace pbx::sip
