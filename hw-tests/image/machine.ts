// A virtual machine that boots the image: a power switch, a serial console, a network card behind forwarded ports.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { until } from '../lab/until.ts'

export interface MachineOptions {
  /** The squashfs that ships. */
  readonly image: string
  /** What image-build/boot/kernel.sh made. */
  readonly kernel: string
  readonly initrd: string
  /** The data disk: an ext4 file system in a file. */
  readonly data: string
  /** Ports of this machine's loopback that lead to 8443 and 5060 of the box. */
  readonly webPort: number
  readonly sipPort: number
  /** Everything the serial console says is added to this file. */
  readonly log: string
}

/**
 * Asks systemd in the machine how the units are, without touching the image: a unit of its own, handed over as a
 * credential on the kernel's command line, that prints to the serial console.
 */
const LOOK = `[Unit]
After=plant-board.service plant-pbx.service
[Service]
Type=oneshot
StandardOutput=tty
TTYPath=/dev/ttyS0
ExecStart=/bin/sh -c 'for u in plant-board plant-pbx; do s=$$(systemctl is-active $$u); echo; echo "look: $$u $$s"; [ $$s = active ] || journalctl -b -o cat -n 40 -u $$u; done; for i in 1 2 3 4 5 6 7 8 9; do journalctl -b -o cat -u plant-pbx | grep -m1 "first password" && break; sleep 1; done; echo "look: done"'
`

export class Machine {
  readonly #o: MachineOptions
  #qemu: ChildProcess | undefined
  #said = ''

  constructor(o: MachineOptions) {
    this.#o = o
  }

  /** What the serial console said since power on. */
  get said(): string {
    return this.#said
  }

  powerOn(): void {
    const { image, data, kernel, initrd, webPort, sipPort, log } = this.#o
    const look = Buffer.from(LOOK).toString('base64')
    const append = [
      'console=ttyS0 panic=-1 quiet systemd.show_status=1 systemd.log_color=0',
      `systemd.set_credential_binary=systemd.extra-unit.look.service:${look} systemd.wants=look.service`,
    ].join(' ')
    this.#said = ''
    // The machine's clock goes with its instructions: on a busy host it is slow, but its watchdogs do not notice.
    this.#qemu = spawn(
      'qemu-system-x86_64',
      [
        ...['-machine', 'q35', '-accel', 'tcg,tb-size=128', '-icount', 'shift=1', '-cpu', 'max', '-m', '1024'],
        ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot'],
        ...['-kernel', kernel, '-initrd', initrd, '-append', append],
        ...['-drive', `file=${image},format=raw,if=virtio,readonly=on`, '-drive', `file=${data},format=raw,if=virtio`],
        ...[
          '-nic',
          `user,model=virtio-net-pci,hostfwd=${forward('tcp', webPort, 8443)},hostfwd=${forward('udp', sipPort, 5060)}`,
        ],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    for (const stream of [this.#qemu.stdout, this.#qemu.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#said += chunk.toString()
        appendFileSync(log, chunk)
      })
  }

  /** Resolves with what matched on the serial console; rejects with its last words. */
  async says(what: RegExp, seconds: number): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null = null
    await until(
      `${what} on the serial console`,
      () => {
        found = what.exec(this.#said)
        if (found === null && (this.#qemu?.exitCode != null || this.#qemu?.signalCode != null))
          throw new Error('the machine is off')
        return found !== null
      },
      { seconds, everyMilliseconds: 200 },
    ).catch(error => {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.#said.slice(-6000)}`)
    })
    if (found === null) throw new Error('unreachable')
    return found
  }

  /** The plug is pulled: nothing in the machine gets a word in. */
  async cutPower(): Promise<void> {
    const qemu = this.#qemu
    if (qemu === undefined || qemu.exitCode !== null || qemu.signalCode !== null) return
    const gone = once(qemu, 'close')
    qemu.kill('SIGKILL')
    await gone
  }
}

const forward = (protocol: 'tcp' | 'udp', from: number, to: number) => `${protocol}:127.0.0.1:${from}-:${to}`
