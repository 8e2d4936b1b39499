// Runs in the page of a browser that is a phone: one connection, a melody that it sings, and what it hears.
const booth = {
  heard: [],

  /** A connection that sings. */
  async open({ samples, rate }) {
    booth.peer?.close()
    await booth.context?.close()
    const context = new AudioContext({ sampleRate: rate })
    await context.resume()
    const sound = context.createBuffer(1, samples.length, rate)
    sound.copyToChannel(Float32Array.from(samples), 0)
    const song = new AudioBufferSourceNode(context, { buffer: sound, loop: true })
    const mouth = context.createMediaStreamDestination()
    song.connect(mouth)
    song.start()
    booth.context = context
    booth.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
    for (const track of mouth.stream.getTracks()) booth.peer.addTrack(track, mouth.stream)
    booth.peer.ontrack = ({ track }) => track.kind === 'audio' && booth.listenTo(new MediaStream([track]))
  },

  async offer({ video, ...song }) {
    await booth.open(song)
    if (video) booth.peer.addTransceiver('video')
    return booth.describe({})
  },

  /** What it answers to the description of somebody who calls. */
  async answer({ sdp, ...song }) {
    await booth.open(song)
    return booth.answerAgain({ sdp })
  },

  /** The same, to another description of the same call. */
  async answerAgain({ sdp }) {
    const { peer } = booth
    await peer.setRemoteDescription({ type: 'offer', sdp })
    await peer.setLocalDescription(await peer.createAnswer())
    await booth.until('candidates', () => peer.iceGatheringState === 'complete')
    return peer.localDescription.sdp
  },

  connected() {
    return booth.until('the connection', () => booth.peer.connectionState === 'connected')
  },

  listenTo(stream) {
    // Without an element that plays it chromium hands no sound of a connection on.
    const player = document.createElement('audio')
    player.srcObject = stream
    player.muted = true
    player.play()
    const ear = booth.context.createScriptProcessor(4096, 1, 1)
    ear.onaudioprocess = ({ inputBuffer }) => booth.heard.push(inputBuffer.getChannelData(0).slice())
    booth.context.createMediaStreamSource(stream).connect(ear)
    ear.connect(booth.context.destination)
    booth.kept = [player, ear]
  },

  /** The connection's offer once all its candidates are in it. */
  async describe(options) {
    const { peer } = booth
    await peer.setLocalDescription(await peer.createOffer(options))
    await booth.until('candidates', () => peer.iceGatheringState === 'complete')
    return peer.localDescription.sdp
  },

  async take(sdp) {
    await booth.peer.setRemoteDescription({ type: 'answer', sdp })
    await booth.until('the connection', () => booth.peer.connectionState === 'connected')
  },

  /** Sound that arrives from now on. */
  async hear(seconds) {
    booth.heard.length = 0
    const wanted = seconds * booth.context.sampleRate
    await booth.until('sound', () => booth.heard.reduce((sum, one) => sum + one.length, 0) >= wanted)
    return booth.heard.flatMap(one => [...one])
  },

  async state() {
    const report = [...(await booth.peer.getStats()).values()]
    const { srtpCipher, dtlsRole } = report.find(one => one.type === 'transport') ?? {}
    return { connection: booth.peer.connectionState, cipher: srtpCipher, role: dtlsRole }
  },

  async until(what, holds) {
    const deadline = performance.now() + 30_000
    while (!holds()) {
      const { connectionState, iceConnectionState } = booth.peer
      if (performance.now() > deadline)
        throw new Error(`waited in vain for ${what}: ${connectionState}, ICE ${iceConnectionState}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  },
}
window.booth = booth
