// An endpoint with transactions and dialogs, and no transport.
#include "stack.h"

#include <cstring>
#include <memory>

#include "target.h"

namespace pbx::fuzz {

pjsip_endpoint *stack() {
  static pj_caching_pool factory;
  static pjsip_endpoint *const endpt = [] {
    pj_log_set_level(0);
    must(pj_init() == PJ_SUCCESS, "PJLIB starts");
    pj_log_set_level(0);
    pj_caching_pool_init(&factory, nullptr, 0);
    pjsip_endpoint *made = nullptr;
    must(pjsip_endpt_create(&factory.factory, "fuzz", &made) == PJ_SUCCESS, "an endpoint");
    must(pjsip_tsx_layer_init_module(made) == PJ_SUCCESS && pjsip_ua_init_module(made, nullptr) == PJ_SUCCESS, "transactions and dialogs");
    return made;
  }();
  return endpt;
}

std::string printed(pjsip_tx_data *tdata) {
  // What its transport would write.
  if (auto *via = static_cast<pjsip_via_hdr *>(pjsip_msg_find_hdr(tdata->msg, PJSIP_H_VIA, nullptr))) {
    via->transport = pj_str(const_cast<char *>("UDP"));
    via->sent_by.host = pj_str(const_cast<char *>("192.0.2.1"));
    via->branch_param = pj_str(const_cast<char *>("z9hG4bKfuzz"));
  }
  std::string out(PJSIP_MAX_PKT_LEN, '\0');
  const pj_ssize_t size = pjsip_msg_print(tdata->msg, out.data(), out.size());
  out.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return out;
}

bool reads(std::string_view bytes, const std::function<void(const pjsip_rx_data &)> &look) {
  if (bytes.empty() || bytes.size() >= PJSIP_MAX_PKT_LEN) return false;
  const auto rdata = std::make_unique<pjsip_rx_data>();
  std::memset(static_cast<void *>(rdata.get()), 0, sizeof *rdata);
  pj_pool_t *pool = pjsip_endpt_create_pool(stack(), "read", 4000, 4000);
  rdata->tp_info.pool = pool;
  pj_list_init(&rdata->msg_info.parse_err);
  std::memcpy(rdata->pkt_info.packet, bytes.data(), bytes.size());
  const pjsip_msg *msg = pjsip_parse_rdata(rdata->pkt_info.packet, bytes.size(), rdata.get());
  const auto &seen = rdata->msg_info;
  const bool whole = msg && pj_list_empty(&seen.parse_err) && seen.via && seen.from && seen.to && seen.cid && seen.cseq;
  if (whole) look(*rdata);
  pj_pool_release(pool);
  return whole;
}

}  // namespace pbx::fuzz
