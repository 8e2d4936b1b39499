// Who may speak to a port whose leg has connectivity checks or a handshake.
#include "door.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "address.h"

namespace pbx::media {
namespace {

/** A phone in two networks has some ways to the box; who knows the password and shows up from a hundred costs no memory. */
constexpr size_t most_found = 8;
/** A handshake costs as much as many packets: who cannot end one does not begin more than these. */
constexpr int most_tries = 8;
constexpr uint64_t another_try_us = 5'000'000;

}  // namespace

Door::Door(std::shared_ptr<const DtlsIdentity> identity, const Access &access) : identity_(std::move(identity)), access_(access), tries_(most_tries) {}

void Door::change(const Access &access) {
  if (!(access.ice == access_.ice)) stale_ = {true, true};
  if (!(access.dtls == access_.dtls)) {
    session_.reset();
    keyed_ = yields_ = false;
    fresh_ = {};
    tries_ = most_tries;
    // Another certificate may be another machine's.
    if (access.ice.empty()) partner_ = {};
  }
  access_ = access;
}

IceCheck Door::check(Component component, std::string_view packet, const Address &from) {
  if (!checks()) return {};
  IceCheck check = check_of(packet, from, access_.ice);
  if (check.verdict == IceCheck::Verdict::valid) remember(component, from);
  return check;
}

bool Door::knows(Component component, const Address &from) const {
  return std::any_of(found_[component].begin(), found_[component].end(), [&](const Address &one) { return same_endpoint(one, from); });
}

void Door::remember(Component component, const Address &from) {
  auto &found = found_[component];
  if (stale_[component]) found.clear();
  stale_[component] = false;
  if (knows(component, from)) return;
  if (found.size() == most_found) found.erase(found.begin());
  found.push_back(from);
}

void Door::keep_hello(std::string_view datagram, const Address &from) {
  if (!is_hello(datagram)) return;
  hello_ = datagram;
  hello_from_ = from;
}

std::string Door::take_hello() { return std::exchange(hello_, ""); }

std::vector<std::string> Door::hear(std::string_view datagram, const Address &from, uint64_t now_us) {
  const bool same = is_reachable(partner_) && same_endpoint(partner_, from);
  bool lost = !session_ || session_->state() == DtlsSession::State::failed;
  const bool hello = is_hello(datagram);
  if (awaits() || (hello && keyed_ && begins())) return {};
  // An answer that chose no role, or does not keep to the one it chose: of two that begin at once none would end.
  if (hello && begins()) {
    yields_ = true;
    session_.reset();
    lost = true;
  }
  // Until it has ended a handshake may begin anew elsewhere: checks find another way, or a first hello came from nobody.
  if (!keyed_ && hello && (lost || (!same && !checks())) && !begin(now_us)) return {};
  if (!session_ || session_->state() == DtlsSession::State::failed) return {};
  // The way of one handshake may change where checks vouch for both ends; elsewhere its partner is who began it.
  if (!same && !checks() && !hello && is_reachable(partner_)) return {};
  if (!same && keyed_ && !checks()) return {};
  partner_ = from;
  session_->hear(datagram);
  settle();
  return session_->take_out();
}

std::vector<std::string> Door::tick(uint64_t now_us) {
  if (!shakes_hands() || awaits() || keyed_) return {};
  if (begins() && (!session_ || session_->state() == DtlsSession::State::failed)) {
    if (!begin(now_us)) return {};
    session_->begin();
  } else {
    if (!is_shaking()) return {};
    session_->tick();
  }
  settle();
  return session_->take_out();
}

bool Door::is_shaking() const { return shakes_hands() && !awaits() && !keyed_ && (begins() || !hello_.empty() || (session_ && session_->state() == DtlsSession::State::shaking)); }

SrtpKeys Door::take_keys() { return std::exchange(fresh_, SrtpKeys{}); }

bool Door::begin(uint64_t now_us) {
  if (tries_ < most_tries && now_us - tried_us_ >= another_try_us) ++tries_;
  if (tries_ == 0) return false;
  --tries_;
  tried_us_ = now_us;
  try {
    DtlsTerms terms = access_.dtls;
    terms.begins = begins();
    session_ = std::make_unique<DtlsSession>(identity_, terms);
  } catch (const std::runtime_error &) {
    ++failures_;
    session_.reset();
  }
  return session_ != nullptr;
}

void Door::settle() {
  if (keyed_ || session_->state() == DtlsSession::State::shaking) return;
  if (session_->state() == DtlsSession::State::failed) {
    ++failures_;
    yields_ = false;
    return;
  }
  fresh_ = session_->keys();
  keyed_ = true;
}

}  // namespace pbx::media
