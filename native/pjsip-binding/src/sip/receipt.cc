// Messages on their way from a socket into PJSIP's parser.
#include "receipt.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace pbx::sip {
namespace {

/** The headers of an ordinary INVITE are parsed without a second block of memory. */
constexpr size_t kPool = 6000, kMore = 4000;

/** All but the bytes of the packet, which are written next: clearing 8 kB for each message costs more than reading it. */
void clear(pjsip_rx_data &rdata) {
  char *const begin = reinterpret_cast<char *>(&rdata), *const packet = rdata.pkt_info.packet;
  char *const after = packet + sizeof rdata.pkt_info.packet, *const end = begin + sizeof rdata;
  std::memset(begin, 0, static_cast<size_t>(packet - begin));
  std::memset(after, 0, static_cast<size_t>(end - after));
}

}  // namespace

Receipt::Receipt(pjsip_endpoint *endpt) : pool_(pjsip_endpt_create_pool(endpt, "rtd%p", kPool, kMore)), rdata_(new pjsip_rx_data) {}

Receipt::~Receipt() { pj_pool_release(pool_); }

void Receipt::fill(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from) {
  pj_pool_reset(pool_);
  pjsip_rx_data &rdata = *rdata_;
  clear(rdata);
  pj_list_init(&rdata.msg_info.parse_err);
  rdata.tp_info.pool = pool_;
  rdata.tp_info.transport = transport;
  auto &packet = rdata.pkt_info;
  pj_gettimeofday(&packet.timestamp);
  std::memcpy(packet.packet, bytes.data(), bytes.size());
  if (bytes.size() < sizeof packet.packet) packet.packet[bytes.size()] = '\0';
  packet.len = static_cast<pj_ssize_t>(bytes.size());
  packet.src_addr_len = length_of(from);
  std::memcpy(&packet.src_addr, &from, static_cast<size_t>(packet.src_addr_len));
  pj_sockaddr_print(&packet.src_addr, packet.src_name, sizeof packet.src_name, 0);
  packet.src_port = pj_sockaddr_get_port(&packet.src_addr);
}

bool Receipt::take(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from) {
  if (bytes.empty() || bytes.size() > kLongest) return true;
  fill(transport, bytes, from);
  pjsip_tpmgr_receive_packet(transport->tpmgr, rdata_.get());
  return rdata_->msg_info.msg && pj_list_empty(&rdata_->msg_info.parse_err) && missing().empty();
}

size_t Receipt::take_stream(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from) {
  // A buffer that is full to the brim tells PJSIP that the message will never fit.
  bytes = bytes.substr(0, PJSIP_MAX_PKT_LEN);
  fill(transport, bytes, from);
  const pj_ssize_t eaten = pjsip_tpmgr_receive_packet(transport->tpmgr, rdata_.get());
  return eaten > 0 ? std::min(static_cast<size_t>(eaten), bytes.size()) : 0;
}

void Receipt::read(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from) {
  bytes = bytes.substr(0, kLongest);
  fill(transport, bytes, from);
  pjsip_parse_rdata(rdata_->pkt_info.packet, bytes.size(), rdata_.get());
}

std::string_view Receipt::missing() const {
  const auto &seen = rdata_->msg_info;
  return !seen.via ? "Via" : !seen.from ? "From" : !seen.to ? "To" : !seen.cid || seen.cid->id.slen == 0 ? "Call-ID" : !seen.cseq ? "CSeq" : std::string_view();
}

std::vector<Receipt::Fault> Receipt::faults() const {
  std::vector<Fault> out;
  const char *const packet = rdata_->pkt_info.packet;
  const auto &errors = rdata_->msg_info.parse_err;
  for (const pjsip_parser_err_report *e = errors.next; e != &errors; e = e->next) {
    const bool inside = e->hname.ptr >= packet && e->hname.ptr < packet + rdata_->pkt_info.len;
    out.push_back({text(e->hname), inside ? static_cast<size_t>(e->hname.ptr - packet) : std::string::npos});
  }
  if (out.empty() && rdata_->msg_info.msg) out.push_back({std::string(missing()), std::string::npos});
  return out;
}

void udp_transport_inject(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from) {
  Receipt receipt(transport->endpt);
  receipt.take(transport, bytes, from);
}

}  // namespace pbx::sip
