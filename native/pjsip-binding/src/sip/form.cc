// The form of requests: headers that come once, lengths that are true, identifiers that identify.
#include "form.h"

#include "core.h"
#include "raw_message.h"

namespace pbx::sip {
namespace {

/** Headers that a request has once (RFC 3261 section 20). */
const char *twice(const pjsip_msg *msg) {
  unsigned seen = 0;
  for (const pjsip_hdr *h = msg->hdr.next; h != &msg->hdr; h = h->next) {
    unsigned bit = 0;
    const char *name = nullptr;
    switch (h->type) {
      case PJSIP_H_FROM: bit = 1, name = "From"; break;
      case PJSIP_H_TO: bit = 2, name = "To"; break;
      case PJSIP_H_CALL_ID: bit = 4, name = "Call-ID"; break;
      case PJSIP_H_CSEQ: bit = 8, name = "CSeq"; break;
      case PJSIP_H_CONTENT_LENGTH: bit = 16, name = "Content-Length"; break;
      case PJSIP_H_MAX_FORWARDS: bit = 32, name = "Max-Forwards"; break;
      default: break;
    }
    if (seen & bit) return name;
    seen |= bit;
  }
  return nullptr;
}

/** In a datagram the body may be shorter than told, which is an error, or be followed by more, which is left unread (section 18.3). */
bool body_is_there(pjsip_rx_data *rdata) {
  const pjsip_clen_hdr *told = rdata->msg_info.clen;
  pjsip_msg_body *body = rdata->msg_info.msg->body;
  if (!told || !(rdata->tp_info.transport->flag & PJSIP_TRANSPORT_DATAGRAM)) return true;
  const auto length = static_cast<unsigned>(told->len);
  if (body && body->print_body == &pjsip_print_text_body && body->len >= length) {
    body->len = length;
    return true;
  }
  if (length == 0) return true;
  const std::string_view bytes(rdata->msg_info.msg_buf, static_cast<size_t>(rdata->msg_info.len));
  RawHead head(bytes);
  RawHeader ignored;
  while (head.next(ignored)) continue;
  return bytes.size() - head.body() >= length;
}

bool is_emergency(const pjsip_rx_data *rdata) {
  const pjsip_msg *msg = rdata->msg_info.msg;
  if (msg->line.req.method.id != PJSIP_INVITE_METHOD || !PJSIP_URI_SCHEME_IS_SIP(msg->line.req.uri)) return false;
  const auto *uri = static_cast<const pjsip_sip_uri *>(pjsip_uri_get_uri(msg->line.req.uri));
  return core()->emergency.is_written(view(uri->user)) && core()->emergency.is_station(source_of(rdata).addr);
}

bool is_phone_scheme(const pjsip_uri *uri) { return PJSIP_URI_SCHEME_IS_SIP(uri) || PJSIP_URI_SCHEME_IS_SIPS(uri) || PJSIP_URI_SCHEME_IS_TEL(uri); }

/** May the answer carry a session description? A request that does not say takes anything of its kind (section 20.1). */
bool takes_descriptions(const pjsip_msg *msg) {
  const auto *accept = static_cast<const pjsip_accept_hdr *>(pjsip_msg_find_hdr(msg, PJSIP_H_ACCEPT, nullptr));
  if (!accept) return true;
  for (unsigned i = 0; i < accept->count; ++i) {
    const std::string_view range = trimmed(view(accept->values[i]).substr(0, view(accept->values[i]).find(';')));
    if (same_text(range, "application/sdp") || same_text(range, "application/*") || range == "*/*") return true;
  }
  return false;
}

bool is_optional_body(const pjsip_msg *msg) {
  const pj_str_t name = pj_str(const_cast<char *>("Content-Disposition"));
  const auto *header = static_cast<const pjsip_generic_string_hdr *>(pjsip_msg_find_hdr_by_name(msg, &name, nullptr));
  return header && header->type == PJSIP_H_OTHER && same_text(parameter(view(header->hvalue), "handling"), "optional");
}

}  // namespace

std::optional<FormFault> form_fault(pjsip_rx_data *rdata) {
  const pjsip_msg *msg = rdata->msg_info.msg;
  if (pjsip_method_cmp(&msg->line.req.method, &rdata->msg_info.cseq->method) != 0) return FormFault{400, "CSeq names another method"};
  if (const char *name = twice(msg)) return FormFault{400, std::string("More than one ") + name + " header"};
  // A dialog that waits for its ACK, and a call for help, go on with a body that is cut.
  if (!body_is_there(rdata) && msg->line.req.method.id != PJSIP_ACK_METHOD && !is_emergency(rdata)) return FormFault{400, "Content-Length larger than the message"};
  // Nothing behind the mark of a branch: all such requests would be one transaction. A call for help is taken all the same.
  if (rdata->msg_info.via->branch_param.slen == PJSIP_RFC3261_BRANCH_LEN && same_text(view(rdata->msg_info.via->branch_param), PJSIP_RFC3261_BRANCH_ID) && !is_emergency(rdata))
    return FormFault{400, "Via branch identifies nothing"};
  if (rdata->msg_info.to->tag.slen == 0 && !PJSIP_URI_SCHEME_IS_SIP(msg->line.req.uri) && !PJSIP_URI_SCHEME_IS_SIPS(msg->line.req.uri)) return FormFault{416, ""};
  if (msg->line.req.method.id == PJSIP_REGISTER_METHOD && !is_phone_scheme(rdata->msg_info.to->uri)) return FormFault{400, "Unknown scheme in To header"};
  return std::nullopt;
}

int content_fault(const pjsip_msg *msg) {
  const pjsip_msg_body *body = msg->body;
  const bool is_foreign = body && body->len > 0 && !same_text(view(body->content_type.type), "multipart") &&
                          !(same_text(view(body->content_type.type), "application") && same_text(view(body->content_type.subtype), "sdp"));
  if (is_foreign && !is_optional_body(msg)) return 415;
  return takes_descriptions(msg) ? 0 : 406;
}

}  // namespace pbx::sip
