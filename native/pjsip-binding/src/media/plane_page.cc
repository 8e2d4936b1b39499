// The plane as a whole: pages.
#include "address.h"
#include "media_plane.h"

namespace pbx::media {

void MediaPlane::page(const std::string &name, const Playlist &list, PortId source_port, const std::vector<PageListener> &listeners, int whole_rounds_for_late) {
  // Asked of the kernel before the lock is taken.
  std::vector<unsigned> interfaces;
  for (const auto &listener : listeners) interfaces.push_back(interface_index(listener.interface));
  {
    std::lock_guard lock(mutex_);
    Entry *source = entry(source_port);
    if (!stopped_ && !pages_.count(name) && (source_port == 0 || source)) {
      Page::Program program{score_of(list), list.repeats, whole_rounds_for_late, source ? source->port : nullptr};
      Page::Events events;
      events.started = [this, name](const std::string &listener) { listener_.on_page_started(name, listener); };
      events.round = [this, name](int round) { listener_.on_page_round(name, round); };
      events.ended = [this, name](bool complete, const std::vector<Listener::PageDelivery> &deliveries) {
        {
          std::lock_guard table(mutex_);
          pages_.erase(name);
        }
        listener_.on_page_ended(name, complete, deliveries);
      };
      const auto page = std::make_shared<Page>(room_, std::move(program), counters_, std::move(events));
      for (size_t i = 0; i < listeners.size(); ++i) page->join(seat_of(listeners[i], interfaces[i]));
      pages_[name] = page;
      clock_.add_at_once(page);
      return;
    }
  }
  listener_.on_page_ended(name, false, {});
}

Page::Seat MediaPlane::seat_of(const PageListener &listener, unsigned interface) {
  Page::Seat seat;
  seat.id = listener.id;
  if (Entry *own = entry(listener.port)) seat.port = own->port;
  // Who cannot be sent to keeps his seat, so that a delivery says that nothing reached him.
  if (listener.port != 0 || !is_reachable(listener.to)) return seat;
  seat.route = {listener.to, listener.ttl, interface};
  seat.interface = listener.interface;
  seat.poly_channel = listener.poly_channel;
  seat.caller = listener.caller;
  seat.codec = codec_named(listener.codec);
  seat.ssrc = listener.ssrc;
  return seat;
}

void MediaPlane::join_page(const std::string &name, const PageListener &listener) {
  const unsigned interface = interface_index(listener.interface);
  std::lock_guard lock(mutex_);
  const auto found = pages_.find(name);
  if (found != pages_.end()) found->second->join(seat_of(listener, interface));
}

void MediaPlane::leave_page(const std::string &name, const std::string &listener) {
  std::lock_guard lock(mutex_);
  const auto found = pages_.find(name);
  if (found != pages_.end()) found->second->leave(listener);
}

void MediaPlane::stop_page(const std::string &name) {
  std::lock_guard lock(mutex_);
  const auto found = pages_.find(name);
  if (found != pages_.end()) found->second->stop();
}

}  // namespace pbx::media
