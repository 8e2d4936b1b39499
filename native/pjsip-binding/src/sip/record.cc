// What must outlive a crash of the process for each leg: lines appended to a file in memory, the last value of a field
// counts. write(2) is enough: the file survives the process, and after a power cut there are no calls to go on with.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>

#include "kept_fields.h"
#include "legs.h"

namespace pbx::sip {
namespace {

constexpr size_t kRewriteAbove = 4 << 20;

/** Fields in a fixed order: a record is compared with the one before it place by place. */
constexpr const char *kFields[] = {"out",    "state",  "lane",  "line",  "callid",  "luri",    "ltag",   "lcontact", "ruri",   "rtag",    "target", "role",   "lcseq",  "lfirst",
                                   "rcseq",  "icseq",  "routes", "hop",  "forced",  "branch",  "port",   "bind",     "host",   "rtp",     "osess",  "over",   "remote", "roffer",
                                   "local",  "from",   "codec", "sendonly", "held", "partner", "owed",   "bytes",    "portline", "wire", "session",
                                   "enc",    "begins"};

bool is_plain(unsigned char c) { return c > 0x20 && c < 0x7F && c != '%' && c != '='; }

void append_escaped(std::string &out, std::string_view value) {
  static const char digits[] = "0123456789abcdef";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain(byte)) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
}

/** Puts a record together, field by field, into a text that is used again and again. */
class FieldWriter {
 public:
  explicit FieldWriter(RecordText &out) : out_(out) { out_.clear(); }

  FieldWriter &text(std::string_view value) {
    out_.text += value;
    return end();
  }
  FieldWriter &number(int64_t value) {
    add(value);
    return end();
  }
  FieldWriter &truth(bool value) { return text(value ? "1" : "0"); }
  FieldWriter &nothing() { return end(); }
  FieldWriter &uri(pjsip_uri_context_e context, const pjsip_uri *uri) {
    print(context, uri);
    return end();
  }
  FieldWriter &contact(const pjsip_contact_hdr *contact) {
    if (!contact) return end();
    out_.text += '<';
    print(PJSIP_URI_IN_CONTACT_HDR, static_cast<pjsip_uri *>(pjsip_uri_get_uri(contact->uri)));
    out_.text += '>';
    return end();
  }
  FieldWriter &routes(const pjsip_dialog *dlg) {
    char buffer[PJSIP_MAX_URL_SIZE];
    for (const pjsip_route_hdr *r = dlg->route_set.next; r != &dlg->route_set; r = r->next) {
      const int length = pjsip_hdr_print_on(const_cast<pjsip_route_hdr *>(r), buffer, sizeof buffer);
      const std::string_view line(buffer, length > 0 ? static_cast<size_t>(length) : 0);
      const size_t colon = line.find(": ");
      if (colon != std::string_view::npos) (out_.text += line.substr(colon + 2)) += '\n';
    }
    return end();
  }
  FieldWriter &hop(const Hop &hop) {
    (out_.text += transport_name(hop.type)) += '|';
    add(port_of(hop.addr));
    ((out_.text += '|') += host_of(hop.addr)) += '|';
    out_.text += hop.peer;
    return end();
  }
  FieldWriter &codec(const std::optional<media::Format> &format) {
    if (!format) return end();
    const media::Format &f = *format;
    (out_.text += f.codec) += '|';
    for (const int value : {f.clock_rate, f.channels, f.payload_type, f.event_type, f.ptime_ms}) {
      add(value);
      out_.text += '|';
    }
    out_.text += f.fmtp;
    return end();
  }

 private:
  FieldWriter &end() {
    out_.ends.push_back(out_.text.size());
    return *this;
  }
  void add(int64_t value) {
    char digits[24];
    out_.text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
  void print(pjsip_uri_context_e context, const pjsip_uri *uri) {
    char buffer[PJSIP_MAX_URL_SIZE];
    const int length = uri ? pjsip_uri_print(context, uri, buffer, sizeof buffer) : 0;
    if (length > 0) out_.text.append(buffer, static_cast<size_t>(length));
  }
  RecordText &out_;
};

/** In the order of kFields. */
void fields_of(Core &c, const Leg &leg, RecordText &out) {
  const pjsip_dialog *dlg = leg.dlg;
  const LegMedia &m = leg.media;
  const bool early = leg.state == LegState::early;
  const bool inviting = leg.outgoing && leg.invite && early;
  FieldWriter fields(out);
  fields.truth(leg.outgoing)
      .text(early ? "early" : leg.state == LegState::answering ? "answering" : "established")
      .number(static_cast<int>(leg.lane))
      .text(leg.line)
      .text(view(dlg->call_id->id))
      .uri(PJSIP_URI_IN_FROMTO_HDR, dlg->local.info->uri)
      .text(view(dlg->local.info->tag))
      .contact(dlg->local.contact)
      .uri(PJSIP_URI_IN_FROMTO_HDR, dlg->remote.info->uri)
      .text(view(dlg->remote.info->tag))
      .uri(PJSIP_URI_IN_REQ_URI, dlg->target ? static_cast<pjsip_uri *>(pjsip_uri_get_uri(dlg->target)) : nullptr)
      .text(dlg->role == PJSIP_ROLE_UAC ? "uac" : "uas")
      .number(dlg->local.cseq)
      .number(dlg->local.first_cseq)
      .number(leg.offer.asked ? dlg->remote.cseq - 1 : dlg->remote.cseq)
      .number(inviting ? leg.invite->cseq : 0)
      .routes(dlg)
      .hop(leg.tie->hop)
      .truth(leg.tie->hop_forced)
      .text(inviting ? view(leg.invite->branch) : std::string_view());
  fields.number(m.port)
      .text(m.bind_host)
      .text(m.origin.host)
      .number(m.origin.port)
      .number(static_cast<int64_t>(m.origin.session))
      .number(static_cast<int64_t>(m.origin.version))
      .text(m.remote ? std::string_view(m.remote->text) : std::string_view())
      .truth(m.remote_offers)
      .text(m.local)
      .text(m.offered_from)
      .codec(m.format)
      .truth(m.send_only)
      .truth(m.held)
      .text(m.partner)
      .text(leg.owed)
      .text(leg.owed_bytes)
      .text(c.records_frozen && m.port ? c.plane->record_of(m.port) : "")
      .text(wire_record(leg))
      .text(session_record(leg))
      .number(static_cast<int>(m.encryption))
      .truth(m.begins);
}

void write_out(Core &c) {
  if (c.records_out.empty()) return;
  // Half a line that found no room must not swallow this one.
  if (c.records_torn) c.records_out.insert(0, "\n");
  size_t done = 0;
  while (done < c.records_out.size()) {
    const ssize_t n = write(c.records_fd, c.records_out.data() + done, c.records_out.size() - done);
    if (n <= 0) {
      if (n < 0 && errno == EINTR) continue;
      c.count("record-writes-failed");
      break;
    }
    done += static_cast<size_t>(n);
  }
  if (done > 0) c.records_torn = done < c.records_out.size();
  c.records_size += done;
  c.records_out.clear();
}

/** What has changed of a leg's record, as a line to be written. */
void add_line(Core &c, Leg &leg) {
  static RecordText now;
  fields_of(c, leg, now);
  const size_t before = c.records_out.size();
  std::string &out = c.records_out;
  (out += "L ") += leg.id;
  bool changed = false;
  for (size_t i = 0; i < now.ends.size(); ++i) {
    const std::string_view value = now.field(i);
    if (leg.saved.empty() ? value.empty() : value == leg.saved.field(i)) continue;
    changed = true;
    ((out += ' ') += kFields[i]) += '=';
    append_escaped(out, value);
  }
  if (changed) out += '\n';
  else out.resize(before);
  std::swap(leg.saved, now);
  leg.saved_cseq = leg.dlg->local.cseq;
  leg.record_due = false;
}

/** The record of a call for help that could not be gone on with yet. */
void add_line(Core &c, const Core::Revival &revival) {
  (c.records_out += "L ") += revival.id;
  for (const auto &[name, value] : revival.fields) {
    ((c.records_out += ' ') += name) += '=';
    append_escaped(c.records_out, value);
  }
  c.records_out += '\n';
}

bool is_recorded(Core &c, const Leg &leg) { return c.records_fd >= 0 && leg.dlg && !c.records_frozen && c.leg(leg.id) == &leg; }

void save_at_once(Core &c, Leg &leg) {
  if (!is_recorded(c, leg)) return;
  add_line(c, leg);
  write_out(c);
}

}  // namespace

void save_record(Core &c, Leg &leg) {
  if (leg.lane == Lane::emergency) return save_at_once(c, leg);
  if (leg.record_due || !is_recorded(c, leg)) return;
  leg.record_due = true;
  c.records_due.push_back(leg.id);
}

void flush_records(Core &c) {
  for (const std::string &id : c.records_due)
    if (Leg *leg = c.leg(id); leg && leg->record_due && is_recorded(c, *leg)) add_line(c, *leg);
  c.records_due.clear();
  if (c.records_fd >= 0) write_out(c);
  if (!c.records_frozen && c.records_size > kRewriteAbove && c.records_size > 4 * c.records_rewritten) rewrite_records(c);
}

void forget_record(Core &c, Leg &leg) {
  if (c.records_fd < 0 || leg.saved.empty() || c.records_frozen) return;
  c.records_out += "D " + leg.id + "\n";
}

void owe(Core &c, Leg &leg, const char *what, std::string bytes) {
  leg.owed = what;
  leg.owed_bytes = std::move(bytes);
  save_record(c, leg);
}

void owe_message(Core &c, Leg &leg, const char *what, pjsip_tx_data *tdata) {
  if (c.records_fd < 0 || print(tdata) != PJ_SUCCESS) return;
  leg.owed = what;
  leg.owed_bytes.assign(tdata->buf.start, static_cast<size_t>(tdata->buf.cur - tdata->buf.start));
  save_record(c, leg);
  flush_records(c);
}

void owe_refusal(Core &c, Leg &leg, pjsip_tx_data *reply, int status) {
  pjsip_tx_data *refusal = nullptr;
  if (c.records_fd < 0 || pjsip_tx_data_clone(reply, 0, &refusal) != PJ_SUCCESS) return;
  refusal->mod_data[pjsip_ua_instance()->id] = leg.dlg;
  if (pjsip_dlg_modify_response(leg.dlg, refusal, status, nullptr) == PJ_SUCCESS) {
    // Never sent by this process: it need not be written before anything else happens.
    if (print(refusal) == PJ_SUCCESS) owe(c, leg, "refusal", {refusal->buf.start, static_cast<size_t>(refusal->buf.cur - refusal->buf.start)});
    pjsip_tx_data_dec_ref(refusal);
  }
  pjsip_tx_data_dec_ref(refusal);
}

void freeze_records(Core &c) {
  if (c.records_fd < 0) return;
  c.records_frozen = true;
  for (auto &[id, leg] : c.legs)
    if (leg->dlg) add_line(c, *leg);
  write_out(c);
}

std::map<std::string, Fields> open_records(Core &c) {
  if (c.config.state_directory.empty()) return {};
  std::ifstream in(c.config.state_directory + "/legs");
  return records_in(in);
}

void rewrite_records(Core &c) {
  if (c.config.state_directory.empty()) return;
  const std::string path = c.config.state_directory + "/legs", fresh = path + ".new";
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) {
    c.log("error", "cannot write " + fresh);
    return;
  }
  const int before = c.records_fd;
  c.records_fd = fd;
  c.records_size = 0;
  c.records_torn = false;
  c.records_out.clear();
  for (auto &[id, leg] : c.legs) {
    if (!leg->dlg) continue;
    leg->saved.clear();
    add_line(c, *leg);
  }
  for (const Core::Revival &one : c.revivals) add_line(c, one);
  write_out(c);
  c.records_rewritten = c.records_size;
  if (rename(fresh.c_str(), path.c_str()) != 0) c.log("error", "cannot rename " + fresh);
  if (before >= 0) close(before);
}

}  // namespace pbx::sip
