// A phone of another make that asks to be sent no silence (Opus, usedtx=1): few packets in pauses of a conference, and all that is said.
import test from 'ava'
import { join, silence } from '../audio/sound.ts'
import { heardSequence, toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { Baresip } from '../phones/baresip.ts'
import { SingingPhone, stationPhone } from '../phones/singing-phone.ts'

const MELODY = toneSequence(41)
/** Of each round that the one sings into the conference: what is said, and what is not, milliseconds. */
const SAID = 1600
const UNSAID = 4000
/** Packets of a second of Opus, and those of them that a pause has (one in 400 ms). */
const PACKETS = 50

for (const pauses of [true, false]) {
  test.serial(
    `a baresip that ${pauses ? 'asks for pauses is sent few packets in silence' : 'asks for none is sent all of it'}, and hears every melody whole`,
    async t => {
      const box = await TestBox.start()
      t.teardown(() => box.stop())
      await box.stations(['201', '202'])
      await box.put('conference', { name: 'Shift meeting', number: '700', tone: false })
      const song = join(toneSound(MELODY), silence(UNSAID, 16_000))
      const singer = await SingingPhone.start(t, song, stationPhone(box, '201', { codecs: ['PCMU'] }))
      await singer.phone.register()
      t.teardown(() => singer.phone.unregister())
      const call = await singer.phone.call('700')
      await call.whenAnswered()
      const ear = await Baresip.start({
        user: '202',
        password: 'secret-of-202',
        registrar: box.registrar,
        codecs: ['opus'],
        pauses,
      })
      t.teardown(() => ear.stop())
      await ear.whenRegistered()
      await ear.dial(`sip:700@${box.registrar}`)
      await ear.next('CALL_ESTABLISHED')
      // It writes down what it was sent: three melodies at the least, whose pauses are there or are not.
      await ear.heardAtLeast(pauses ? 4 * SAID : 3 * (SAID + UNSAID), 120)
      await ear.hangup()
      await ear.next('CALL_CLOSED')
      const { times, tones } = heardSequence(await ear.heard(), MELODY)
      t.true(times >= 2, JSON.stringify(tones))
      await ear.stop()
      const { packets, seconds } = ear.arrived()
      const share = packets / (PACKETS * seconds)
      t.log(`${packets} packets in ${seconds} s`)
      if (pauses) t.true(share > 0.1 && share < 0.5, `${packets} packets in ${seconds} s`)
      else t.true(share > 0.8, `${packets} packets in ${seconds} s`)
      await call.hangup()
      await engineIsEmpty(box)
    },
  )
}
