// How a leg sounds, told while it lasts and when it ends.
#include "legs.h"

namespace pbx::sip {
namespace {

constexpr int64_t measure_every_ms = 5'000;

int64_t whole(uint64_t value) { return static_cast<int64_t>(value); }

std::string report_json(const media::Report &r) {
  JsonObject out;
  out.number("reports", whole(r.reports)).number("lost", r.lost).number("expected", whole(r.expected)).real("jitterMilliseconds", r.jitter_ms);
  if (r.round_trip_ms >= 0) out.real("roundTripMilliseconds", r.round_trip_ms);
  return out.take();
}

std::string metrics_json(const media::VoipMetrics &m) {
  JsonObject out;
  out.real("lostPercent", m.lost).real("discardedPercent", m.discarded).real("burstLossPercent", m.burst_loss).real("gapLossPercent", m.gap_loss);
  out.number("burstMilliseconds", m.burst_ms).number("gapMilliseconds", m.gap_ms).number("roundTripMilliseconds", m.round_trip_ms);
  out.number("systemDelayMilliseconds", m.system_delay_ms).number("jitterBufferMilliseconds", m.jitter_buffer_ms);
  // RFC 3611 section 4.7.5: 127 says that the phone does not know.
  if (m.r != 127) out.number("r", m.r);
  if (m.mos_lq != 127) out.real("mosListening", m.mos_lq / 10.0);
  if (m.mos_cq != 127) out.real("mosConversation", m.mos_cq / 10.0);
  return out.take();
}

}  // namespace

std::string quality_json(const media::Quality &q) {
  const media::Arrival &a = q.from;
  JsonObject out;
  out.number("packetsReceived", whole(a.received)).number("packetsSent", whole(q.sent)).number("packetsLost", whole(a.lost));
  out.real("jitterMilliseconds", a.jitter_ms).text("codec", q.codec);
  out.number("packetsExpected", whole(a.expected)).number("duplicates", whole(a.duplicate)).number("reordered", whole(a.reordered));
  out.number("late", whole(a.late)).number("lossRuns", whole(a.loss_runs)).real("mostJitterMilliseconds", a.jitter_most_ms);
  out.real("burstLossPercent", a.burst_loss).real("gapLossPercent", a.gap_loss);
  out.real("burstMilliseconds", a.burst_ms).real("gapMilliseconds", a.gap_ms).real("longestGapMilliseconds", a.longest_gap_ms);
  if (!q.suite.empty()) {
    JsonObject encryption;
    encryption.text("suite", q.suite).number("forged", whole(q.forged)).number("replayed", whole(q.replayed));
    out.raw("encryption", encryption.take());
  }
  if (q.report.reports > 0) out.raw("report", report_json(q.report));
  if (q.metrics.heard) out.raw("metrics", metrics_json(q.metrics));
  return out.take();
}

void measure(Core &c, Leg &leg, int64_t now_ms) {
  if (leg.state != LegState::established || !leg.media.port || !leg.media.format || leg.media.send_only) return;
  if (leg.measure_at == 0) leg.measure_at = now_ms + measure_every_ms;
  if (now_ms < leg.measure_at) return;
  leg.measure_at = now_ms + measure_every_ms;
  c.events.post_droppable(Lane::fresh, JsonObject("measured").text("leg", leg.id).raw("quality", quality_json(c.plane->quality(leg.media.port))).take());
}

}  // namespace pbx::sip
