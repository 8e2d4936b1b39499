// What a leg does because time passes.
#include "flows.h"
#include "legs.h"

namespace pbx::sip {

void leg_tick(Core &c, Leg &leg, int64_t now_ms) {
  refresh_ringing(c, leg, now_ms);
  measure(c, leg, now_ms);
  session_tick(c, leg, now_ms);
  handshake_tick(c, leg, now_ms);
  flow_tick(c, leg, now_ms);
}

}  // namespace pbx::sip
