// The location table.
#include "bindings.h"

#include <algorithm>

#include "../json.h"

namespace pbx::sip {

std::string json_of(const Binding &b) {
  JsonObject out;
  out.text("line", b.line).text("contact", b.contact).raw("source", json_of(b.source)).number("expiresAt", b.expires_at).text("userAgent", b.user_agent);
  if (!b.instance.empty()) out.text("instance", b.instance);
  if (!b.domain.empty()) out.text("domain", b.domain);
  if (!b.path.empty()) {
    std::string path;
    for (const std::string &entry : b.path) {
      if (!path.empty()) path += ',';
      append_json_string(path, entry);
    }
    out.raw("path", "[" + path + "]");
  }
  return out.text("callId", b.call_id).number("cseq", b.cseq).take();
}

std::vector<Binding> &Bindings::of_line(std::string_view line) { return lines_[std::string(line)]; }

Binding *Bindings::find(std::string_view line, std::string_view contact) {
  const auto found = lines_.find(std::string(line));
  if (found == lines_.end()) return nullptr;
  for (Binding &binding : found->second)
    if (binding.contact == contact) return &binding;
  return nullptr;
}

std::string Bindings::line_at(const sockaddr_storage &source) const {
  std::string found;
  for (const auto &[line, bindings] : lines_)
    for (const Binding &binding : bindings) {
      if (!same_address(binding.source.addr, source) || binding.line == found) continue;
      if (!found.empty()) return "";
      found = binding.line;
    }
  return found;
}

bool Bindings::anybody_at(const sockaddr_storage &source) const {
  for (const auto &[line, bindings] : lines_)
    for (const Binding &binding : bindings)
      if (same_address(binding.source.addr, source)) return true;
  return false;
}

void Bindings::expire(int64_t now_utc_ms, const std::function<void(const Binding &)> &gone) {
  for (auto at = lines_.begin(); at != lines_.end();) {
    std::vector<Binding> &of_line = at->second;
    for (size_t i = 0; i < of_line.size();) {
      if (of_line[i].expires_at > now_utc_ms) {
        ++i;
        continue;
      }
      gone(of_line[i]);
      of_line.erase(of_line.begin() + static_cast<std::ptrdiff_t>(i));
    }
    at = of_line.empty() ? lines_.erase(at) : std::next(at);
  }
}

void Bindings::drop_line_if_empty(std::string_view line) {
  const auto found = lines_.find(std::string(line));
  if (found != lines_.end() && found->second.empty()) lines_.erase(found);
}

size_t Bindings::size() const {
  size_t n = 0;
  for (const auto &[line, bindings] : lines_) n += bindings.size();
  return n;
}

void Bindings::each(const std::function<void(Binding &)> &visit) {
  for (auto &[line, bindings] : lines_)
    for (Binding &binding : bindings) visit(binding);
}

}  // namespace pbx::sip
